"""Reviews: one partner of a plan on one page, for a PRM portal or to be printed."""
