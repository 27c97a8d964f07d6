"""Tables of training runs that differ in one choice each, trained and evaluated alike, several seeds per row."""
