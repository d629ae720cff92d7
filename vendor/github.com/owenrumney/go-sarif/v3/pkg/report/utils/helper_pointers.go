package utils

var DefaultLengthInt = -1
