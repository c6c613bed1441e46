"""The tour: a trainee's whole path, played over HTTP as a browser without JavaScript would."""
