"""What a run leaves behind and shows: files, a summary, statements, a conflict in words."""

from api.outputs.conflict import conflict_lines
from api.outputs.result import Circumstances, result_document, result_text
from api.outputs.statement import Statement, statement_document, statement_lines, statements
from api.outputs.summary import summary
from api.outputs.tables import allocation_table, receipts_table
from api.outputs.write import write_outputs

__all__ = [
    "Circumstances",
    "Statement",
    "allocation_table",
    "conflict_lines",
    "receipts_table",
    "result_document",
    "result_text",
    "statement_document",
    "statement_lines",
    "statements",
    "summary",
    "write_outputs",
]
