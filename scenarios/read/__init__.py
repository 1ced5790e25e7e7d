"""From files to a Scenario: variants, rule files, metrics, targets, adjustments, goals, phasing."""
