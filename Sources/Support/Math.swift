#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The platform's elementary functions under one name, so that no other file imports a C library for them.
package enum Math {
    package static func exp(_ value: Double) -> Double {
        #if canImport(Glibc)
            Glibc.exp(value)
        #elseif canImport(Musl)
            Musl.exp(value)
        #else
            Darwin.exp(value)
        #endif
    }

    package static func log(_ value: Double) -> Double {
        #if canImport(Glibc)
            Glibc.log(value)
        #elseif canImport(Musl)
            Musl.log(value)
        #else
            Darwin.log(value)
        #endif
    }

    package static func cos(_ value: Double) -> Double {
        #if canImport(Glibc)
            Glibc.cos(value)
        #elseif canImport(Musl)
            Musl.cos(value)
        #else
            Darwin.cos(value)
        #endif
    }

    package static func sin(_ value: Double) -> Double {
        #if canImport(Glibc)
            Glibc.sin(value)
        #elseif canImport(Musl)
            Musl.sin(value)
        #else
            Darwin.sin(value)
        #endif
    }

    package static func pow(_ base: Float, _ exponent: Float) -> Float {
        #if canImport(Glibc)
            Glibc.powf(base, exponent)
        #elseif canImport(Musl)
            Musl.powf(base, exponent)
        #else
            Darwin.powf(base, exponent)
        #endif
    }
}
