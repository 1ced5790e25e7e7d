"""What a run came to: allocations, receipts, levels, records."""
