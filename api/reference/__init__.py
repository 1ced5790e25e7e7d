"""The reference: pages about kinds, fields, findings, commands and endpoints, made from the code itself."""

from api.reference.endpoints import operations
from api.reference.fields import FORMS
from api.reference.kinds import kind_page
from api.reference.pages import Examples, finding_text, pages

__all__ = ["FORMS", "Examples", "finding_text", "kind_page", "operations", "pages"]
