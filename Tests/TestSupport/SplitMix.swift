package import Support

/// The generator of traces and mutations; tests print the seed they use.
package typealias SplitMix = Support.SplitMix
