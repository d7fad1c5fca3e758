#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The local time zone of the system.
package enum LocalTime {
    /// Local time minus UTC in seconds, in the zone that `TZ` names or else the system's; 0 without zone data.
    package static func utcOffset(at secondsSinceEpoch: Int) -> Int {
        var time = time_t(secondsSinceEpoch)
        var fields = unsafe tm()
        // Unlike localtime, localtime_r need not read a `TZ` that has changed.
        tzset()
        guard unsafe localtime_r(&time, &fields) != nil else { return 0 }
        return unsafe Int(fields.tm_gmtoff)
    }
}
