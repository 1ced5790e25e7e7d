"""The rest of a period: what the rules ask of the parts that are not over, once the others are facts."""
