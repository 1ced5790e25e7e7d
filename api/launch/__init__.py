"""Where the installed distribution starts: the one name of ours that no other distribution uses."""
