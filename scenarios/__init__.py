"""What is asked: scenarios, partner tables, and everything wrong with them."""

from scenarios.findings.codes import CODES
from scenarios.findings.finding import Finding, Place, Refused, Report, did_you_mean
from scenarios.findings.validate import Form, validate
from scenarios.forms import RuleFileForm, ScenarioForm, VariantForm
from scenarios.partners import PartnerTable, from_frame, parse_partners, read_partners
from scenarios.read.read_scenario import read_scenario
from scenarios.scenario import Adjustment, Entry, Goal, Metric, Profile, Scenario
from scenarios.values.number_fields import parse_number
from scenarios.yaml.parse import List, Map, parse_yaml, read_yaml

__all__ = [
    "CODES",
    "Adjustment",
    "Entry",
    "Finding",
    "Form",
    "Goal",
    "List",
    "Map",
    "Metric",
    "PartnerTable",
    "Place",
    "Profile",
    "Refused",
    "Report",
    "RuleFileForm",
    "Scenario",
    "ScenarioForm",
    "VariantForm",
    "did_you_mean",
    "from_frame",
    "parse_number",
    "parse_partners",
    "parse_yaml",
    "read_partners",
    "read_scenario",
    "read_yaml",
    "validate",
]
