/// Re-exports sampling parameters, finish reasons, log-probabilities and request errors, which are part of the
/// library's API.
@_exported public import EngineTypes
