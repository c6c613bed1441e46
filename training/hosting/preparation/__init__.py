"""What a host prepares: the machine, the runs, who works on which variant, what is printed."""
