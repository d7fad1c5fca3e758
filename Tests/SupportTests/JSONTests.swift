import Support
import Testing

@Suite struct JSONTests {
    @Test func `keys keep their order and the last value of a repeated key counts`() throws {
        let value = try JSONValue(parsing: #"{"b": 1, "a": {"z": null, "y": [true, 1.0, "x"]}, "b": 2}"#)
        #expect(value.serialized == #"{"b":2,"a":{"z":null,"y":[true,1.0,"x"]}}"#)
    }

    @Test func `large objects find their keys`() throws {
        let text = "{" + (0..<100).map { "\"k\($0)\": \($0)" }.joined(separator: ",") + "}"
        var object = try #require(JSONValue(parsing: text).objectValue)
        #expect(object["k73"]?.intValue == 73)
        object["k5"] = .none
        #expect(object["k5"]?.intValue == nil)
        #expect(object["k99"]?.intValue == 99)
        #expect(object.count == 99)
    }

    @Test func `keys that look alike stay apart`() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\": 1, \"e\u{301}\": 2}")
        #expect(value.objectValue?.count == 2)
        #expect(value["\u{E9}"]?.intValue == 1)
    }

    @Test(arguments: [
        (#"{"a": 1e999}"#, "out of range", 6), ("[1, 2", "unexpected end", 5), ("[1 2]", "expected ','", 3),
        ("{\"a\" 1}", "expected ':'", 5), ("[01]", "leading zero", 1), ("nul", "unexpected character", 0),
        ("\"abc", "unterminated", 0), ("\"\\ud800\"", "lone surrogate", 1), ("\"\\x\"", "unknown escape", 1),
        ("1 2", "after the end", 2), ("", "unexpected end", 0), ("[1,]", "unexpected character", 3),
        ("\"\u{1}\"", "control character", 1), ("-", "expected a digit", 1), ("{1: 2}", "object key", 1),
    ])
    func `a broken text says what and where`(text: String, message: String, offset: Int) throws {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.offset == offset)
    }

    @Test func `nesting is bounded`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSONValue(parsing: deep) }
    }

    @Test func `numbers keep their kind`() throws {
        let value = try JSONValue(parsing: "[1, -0, 1.0, 1e2, 9223372036854775807, 9223372036854775808]")
        #expect(value[0] == .integer(1))
        #expect(value[2] == .double(1))
        #expect(value[3]?.intValue == 100)
        #expect(value[4] == .integer(.max))
        #expect(value[5] == .largeInteger("9223372036854775808"))
        #expect(value[5]?.doubleValue == 9_223_372_036_854_775_808)
    }

    @Test(arguments: [
        "-9223372036854775809", "9223372036854775808", "18446744073709551615", "1e19", "-1e300", "9007199254740994.0",
        "1e16", "1.5",
    ])
    func `a number that does not fit an integer exactly is none`(text: String) throws {
        #expect(try JSONValue(parsing: text).intValue == nil)
    }

    @Test func `an integer beyond 64 bits is written as it was read`() throws {
        let text = "[-9223372036854775809,18446744073709551616]"
        #expect(try JSONValue(parsing: text).serialized == text)
    }

    @Test func `escapes survive a round trip`() throws {
        let value = try JSONValue(parsing: #""\u00e9\ud83d\ude00\n\t\"\\\u0001""#)
        #expect(value.stringValue == "é😀\n\t\"\\\u{1}")
        #expect(try JSONValue(parsing: value.serialized) == value)
    }
}
