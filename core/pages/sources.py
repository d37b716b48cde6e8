"""Sources of the shipped content, in our own words, and what we correct."""

from django.utils.translation import gettext_lazy as _

SECONDARY, PAGES = _("secondary sources"), _("public pages")
GROUPS = (
    (
        _("Structure of the standards"),
        (
            (
                _(
                    "Clauses and the 38 controls of ISO/IEC 42001:2023: numbers and short titles, compared across ten "
                    "public lists and two careful secondary sources. Intents and evidence are our own words."
                ),
                SECONDARY,
            ),
            (_("Life-cycle stages: ISO/IEC 22989, with the abstract of ISO/IEC 5338:2023."), SECONDARY),
            (
                _(
                    "Objectives of Annex C, risk method of ISO/IEC 23894, impact assessment of ISO/IEC 42005:2025: "
                    "tables of contents and published handbooks."
                ),
                SECONDARY,
            ),
        ),
    ),
    (
        _("Reports and audits"),
        (
            (
                _("Statement of Applicability (6.1.3): published guides and one company's published statement."),
                PAGES,
            ),
            (
                _("Audit programmes and reports: ISO 19011:2026 and ISO/IEC 42006:2025 as catalogues describe them."),
                PAGES,
            ),
        ),
    ),
    (
        _("European AI Act"),
        (
            (
                _(
                    "Dates, high-risk classes and prohibited practices, with the changes of Regulation (EU) 2026/1744, "
                    "as public analyses comment on them. Not legal advice."
                ),
                SECONDARY,
            ),
        ),
    ),
    (
        _("APIs"),
        (
            (
                _(
                    "Requirements for APIs behind AI systems (APR-01 to APR-30): our own words, from a vendor's brief "
                    "on API governance that is corrected above, and the OWASP lists for APIs and language models. "
                    "Their mapping to Annex A is our own analysis."
                ),
                PAGES,
            ),
        ),
    ),
    (
        _("Checks"),
        (
            (
                _(
                    "What early certifications stumbled over: a dozen public lists of nonconformities and gap "
                    "assessments. Figures from marketing pages were left out."
                ),
                PAGES,
            ),
        ),
    ),
)
CORRECTIONS = (
    (
        _("“Clause 5.4, AI system life-cycle processes”"),
        _("There is no clause 5.4 in ISO/IEC 42001:2023; clause 5 ends with 5.3."),
        _("8.1 and A.6.1.2, A.6.1.3, A.6.2.2 to A.6.2.8"),
    ),
    (
        _("“A.2.5 AI system security”"),
        _("A.2 holds A.2.2 to A.2.4 only, and no control of Annex A has that title. Security is an aim of Annex C."),
        _("A.2.3, A.4.5, A.6.1.2, A.6.2.4, A.6.2.6, A.6.2.8 and own controls (6.1.3)"),
    ),
    (
        _("“Clause 8: AI risk assessment and treatment”"),
        _("Right in substance: 8.2 and 8.3 carry out what 6.1.2 and 6.1.3 plan; 8.4 is the impact assessment."),
        _("8.1 to 8.4"),
    ),
    (
        _("“Data governance for AI”, without a reference"),
        _("The standard has controls for data; they stand in A.7, with data as a resource in A.4.3."),
        _("A.7.2 to A.7.6 and A.4.3"),
    ),
    (
        _("“Requirement 1: secure data channels”"),
        _("The standard does not mention APIs. What is meant stands as requirements of our own (6.1.3)."),
        _("APR-05 to APR-08"),
    ),
    (
        _("“Requirement 2: robust access control”"),
        _("As above: requirements of our own, mapped to the controls that they support."),
        _("APR-09 to APR-15 and APR-28"),
    ),
    (
        _("“Requirement 3: system integrity and monitoring”"),
        _("As above: requirements of our own, mapped to the controls that they support."),
        _("APR-01, APR-02, APR-16, APR-18, APR-19, APR-23 and APR-25 to APR-27"),
    ),
    (
        _("“Discovery, posture governance, data security, threat protection”"),
        _("Capabilities of products, not of the standard; each stands for some of our requirements."),
        _(
            "Discovery: APR-01 to APR-03. Posture: APR-04, 05, 09, 10, 12, 14, 21 to 24, 29, 30. "
            "Data: APR-06 to 08, 13, 19, 28. Threats: APR-11, 15 to 18, 20, 25 to 27."
        ),
    ),
)
CAVEATS = (
    _("Nobody here read or copied the primary text of the ISO standards; buy and read them, they are short."),
    _("Where sources disagreed we took the reading that more of them share and that the structure supports."),
)
