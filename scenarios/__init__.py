"""What is asked: scenarios, partner tables, and everything wrong with them."""

from scenarios.codes import CODES
from scenarios.findings import Finding, Place, Refused, Report, did_you_mean
from scenarios.partners import PartnerTable, from_frame, parse_partners, read_partners
from scenarios.scenario import Adjustment, Entry, Goal, Metric, Profile, Scenario, read_scenario

__all__ = [
    "CODES",
    "Adjustment",
    "Entry",
    "Finding",
    "Goal",
    "Metric",
    "PartnerTable",
    "Place",
    "Profile",
    "Refused",
    "Report",
    "Scenario",
    "did_you_mean",
    "from_frame",
    "parse_partners",
    "read_partners",
    "read_scenario",
]
