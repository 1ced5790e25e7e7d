"""Speed: ours and its peers side by side, as ratios in one run on one machine."""
