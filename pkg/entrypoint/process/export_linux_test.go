package process

// ParseIDs is for the tests, which are outside of this package because they start their own binary.
var ParseIDs = parseIDs
