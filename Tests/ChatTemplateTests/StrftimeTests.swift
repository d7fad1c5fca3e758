import ChatTemplate
import Support
import Testing

@Suite struct StrftimeTests {
    private func format(_ format: String, _ seconds: Int, offset: Int = 0) throws -> String {
        let template = try ChatTemplate(source: "{{ strftime_now('\(format)') }}")
        return try template.render(
            JSONObject(), clock: TemplateClock(secondsSinceEpoch: seconds, utcOffset: offset))
    }

    @Test(arguments: [
        (0, "1970-01-01 00:00:00 Thursday 001"), (-1, "1969-12-31 23:59:59 Wednesday 365"),
        (951_782_400, "2000-02-29 00:00:00 Tuesday 060"), (951_868_800, "2000-03-01 00:00:00 Wednesday 061"),
        (1_735_689_599, "2024-12-31 23:59:59 Tuesday 366"), (4_107_542_400, "2100-03-01 00:00:00 Monday 060"),
        (-2_208_988_800, "1900-01-01 00:00:00 Monday 001"),
    ])
    func `dates are right across leap years and centuries`(seconds: Int, expected: String) throws {
        #expect(try format("%Y-%m-%d %H:%M:%S %A %j", seconds) == expected)
    }

    @Test(arguments: [
        ("%-d %-m %-H %-I %-M %-j", "7 3 9 9 5 66"), ("%e|%k|%l", " 7| 9| 9"), ("%I:%M %p", "09:05 AM"),
        ("%b %d, %y", "Mar 07, 25"), ("%F %T", "2025-03-07 09:05:00"), ("%%|%q|%", "%|%q|%"), ("%a %B", "Fri March"),
    ])
    func `format codes give the same text as in Python`(code: String, expected: String) throws {
        #expect(try format(code, fixtureClock.secondsSinceEpoch) == expected)
    }

    @Test func `an offset from UTC gives the local time`() throws {
        #expect(try format("%d %H:%M", 1_741_389_000, offset: 2 * 3600) == "08 01:10")
        #expect(try format("%d %H:%M", 1_741_310_000, offset: -5 * 3600) == "06 20:13")
    }
}
