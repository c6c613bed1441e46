"""What can be done with rosters, join codes and slips, without the web."""
