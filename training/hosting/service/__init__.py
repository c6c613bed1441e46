"""What can be done with sessions, without the web: used by views, the command line and the rooms beside."""
