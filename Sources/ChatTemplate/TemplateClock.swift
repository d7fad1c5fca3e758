/// The time that `strftime_now` prints. The caller supplies it; this module never reads a clock.
package struct TemplateClock: Sendable, Hashable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package var secondsSinceEpoch: Int
    /// Local time minus UTC, in seconds.
    package var utcOffset: Int

    package init(secondsSinceEpoch: Int, utcOffset: Int = 0) {
        self.secondsSinceEpoch = secondsSinceEpoch
        self.utcOffset = utcOffset
    }
}
