/// A clock's local time as calendar fields, in the proleptic Gregorian calendar.
struct CivilTime {
    let secondsSinceEpoch: Int
    let year: Int
    /// The month, 1...12.
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int
    /// The day of the week; 0 is Sunday.
    let weekday: Int
    /// The day of the year; 0 is the first of January.
    let yearDay: Int

    init(_ clock: TemplateClock) {
        secondsSinceEpoch = clock.secondsSinceEpoch
        let local = min(max(clock.secondsSinceEpoch, -1 << 40), 1 << 40) + min(max(clock.utcOffset, -86400), 86400)
        let secondOfDay = CivilTime.modulo(local, 86400)
        let days = (local - secondOfDay) / 86400
        hour = secondOfDay / 3600
        minute = secondOfDay / 60 % 60
        second = secondOfDay % 60
        weekday = CivilTime.modulo(days + 4, 7)
        // Years start on the first of March, so that the leap day comes last; eras of 400 years have 146,097 days.
        let shifted = days + 719_468
        let dayOfEra = CivilTime.modulo(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayFromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayFromMarch + 2) / 153
        day = dayFromMarch - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + (shifted - dayOfEra) / 146_097 * 400 + (month <= 2 ? 1 : 0)
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        yearDay = month <= 2 ? dayFromMarch - 306 : dayFromMarch + 59 + (isLeap ? 1 : 0)
    }

    private static func modulo(_ value: Int, _ divisor: Int) -> Int {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
