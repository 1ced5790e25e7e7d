"""YAML read strictly: every key knows its line; anchors, tags and duplicate keys are refused."""
