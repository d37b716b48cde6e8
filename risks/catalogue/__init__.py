"""The starter catalogue of 45 AI risks (ai_risks.yaml) and the default methodology (method.yaml) as data."""

from risks.catalogue.method import DefaultMethod, default_method
from risks.catalogue.starter import CatalogueRisk, RiskCatalogue, risk_catalogue

__all__ = ["CatalogueRisk", "DefaultMethod", "RiskCatalogue", "default_method", "risk_catalogue"]
