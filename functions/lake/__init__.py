"""The data lake: what every event becomes in it, and which files hold it. Pure: no I/O, no clock."""
