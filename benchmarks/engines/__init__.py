"""Every engine behind one interface, fed the common rules in its own format; no engine here goes to the network."""
