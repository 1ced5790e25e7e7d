"""The one Excel workbook of a run: Summary, Targets, Receipts, Rules, Levels and Changes, a sheet to a file."""
