/// The version of the library and the command line.
public let needletailVersion = "0.1.0"
