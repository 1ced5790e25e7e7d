"""How documents become files and text: CSV, workbook, JSON, summary, statement, record."""
