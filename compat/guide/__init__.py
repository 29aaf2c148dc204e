"""The guide, and the program that tests what its pages say."""
