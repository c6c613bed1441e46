"""Our engine against the command line of the same Volatility: are the rows equal, and how much faster are they there?

`python -m training.analysis.volatility.bench equality|speed OS IMAGE SYMBOLS [COMMAND …]` prints one JSON line per
figure. The command line is run as a program of its own; our side goes the whole way of a trainee's run, from the warm
process over the writer into the file of results. Only the database and the queue are left out.
"""
