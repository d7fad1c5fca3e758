/// Sampling parameters, finish reasons, log-probabilities and request errors are part of the library's own vocabulary.
@_exported public import EngineTypes
