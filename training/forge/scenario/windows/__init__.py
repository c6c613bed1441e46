"""The language of scenarios whose machine is a Windows one, which is written and not played."""
