#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The platform's elementary functions under one name, so that no other file imports a C library for them.
package enum Math {
    package static func exp(_ value: Double) -> Double { platformExp(value) }
    package static func log(_ value: Double) -> Double { platformLog(value) }
    package static func cos(_ value: Double) -> Double { platformCos(value) }
    package static func sin(_ value: Double) -> Double { platformSin(value) }
    package static func erfc(_ value: Double) -> Double { platformErfc(value) }
    package static func tanh(_ value: Double) -> Double { platformTanh(value) }
    package static func pow(_ base: Double, _ exponent: Double) -> Double { platformPow(base, exponent) }
    package static func pow(_ base: Float, _ exponent: Float) -> Float { powf(base, exponent) }
}

// Declared outside `Math`, where the bare names are the platform's.
private func platformExp(_ value: Double) -> Double { exp(value) }
private func platformLog(_ value: Double) -> Double { log(value) }
private func platformCos(_ value: Double) -> Double { cos(value) }
private func platformSin(_ value: Double) -> Double { sin(value) }
private func platformErfc(_ value: Double) -> Double { erfc(value) }
private func platformTanh(_ value: Double) -> Double { tanh(value) }
private func platformPow(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
