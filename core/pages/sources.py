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
)
CAVEATS = (
    _("Nobody here read or copied the primary text of the ISO standards; buy and read them, they are short."),
    _("Where sources disagreed we took the reading that more of them share and that the structure supports."),
)
