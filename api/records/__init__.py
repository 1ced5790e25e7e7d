"""Records: all that is needed to solve a run again and to say whether it comes out the same to the byte."""
