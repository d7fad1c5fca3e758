import Support

/// Applies `--hf-overrides` to a configuration in the current spelling, whichever spelling the overrides have. As in
/// vLLM, a member replaces the whole member of its name. Of rotary settings, the base and the rotated share stay unless
/// they are given, because older files keep them apart.
struct ConfigOverrides {
    /// The members of the configuration.
    private(set) var object: JSONObject
    /// The members that were set, with their path.
    private(set) var paths: [String] = []
    private var rope: JSONObject

    private static let ropeKey = "rope_parameters"
    private static let keptRopeMembers = ["rope_theta", "partial_rotary_factor"]
    private static let fullLayers = "full_attention"
    private static let slidingLayers = "sliding_attention"

    init(_ object: JSONObject) {
        self.object = object
        rope = object[Self.ropeKey]?.objectValue ?? JSONObject()
    }

    mutating func apply(_ overrides: JSONFields) throws(LoadError) {
        for (key, value) in overrides.object.members {
            switch key {
            case "rope_scaling", Self.ropeKey: try replaceRope(overrides.object(key) ?? JSONObject(), key, overrides)
            case "rope_theta", "rotary_emb_base": setRope("rope_theta", value)
            case "rotary_pct": setRope("partial_rotary_factor", value)
            case "rope_local_base_freq": setLocalBase(value)
            case _ where ropeOfFullLayers[key] != nil: setRope(key, value)
            default:
                let name = key == "torch_dtype" ? "dtype" : key
                object[name] = value
                paths.append(name)
            }
        }
        if !rope.isEmpty { object[Self.ropeKey] = .object(rope) }
    }

    private var hasLayerTypes: Bool { rope[Self.fullLayers]?.objectValue != nil }

    /// The rotary settings that members without a layer type set: those of layers with full attention.
    private var ropeOfFullLayers: JSONObject {
        get { hasLayerTypes ? rope[Self.fullLayers]?.objectValue ?? JSONObject() : rope }
        set { if hasLayerTypes { rope[Self.fullLayers] = .object(newValue) } else { rope = newValue } }
    }

    private mutating func setRope(_ name: String, _ value: JSONValue) {
        ropeOfFullLayers[name] = value
        paths.append("\(Self.ropeKey).\(hasLayerTypes ? Self.fullLayers + "." : "")\(name)")
    }

    private mutating func setLocalBase(_ value: JSONValue) {
        if !hasLayerTypes { rope = JSONObject([(Self.fullLayers, .object(rope))]) }
        var local = rope[Self.slidingLayers]?.objectValue ?? JSONObject([("rope_type", "default")])
        local["rope_theta"] = value
        rope[Self.slidingLayers] = .object(local)
        paths.append("\(Self.ropeKey).\(Self.slidingLayers).rope_theta")
    }

    private mutating func replaceRope(
        _ new: JSONObject, _ key: String, _ overrides: JSONFields
    ) throws(LoadError) {
        let layers = new.members.filter { $1.objectValue != nil }
        guard layers.isEmpty else {
            for (layer, value) in layers {
                let old = rope[layer]?.objectValue ?? JSONObject()
                let merged = try Self.merged(value.objectValue ?? JSONObject(), old, "\(key).\(layer)", overrides)
                rope[layer] = .object(merged.settings)
                paths += merged.given.map { "\(Self.ropeKey).\(layer).\($0)" }
            }
            return
        }
        let merged = try Self.merged(new, ropeOfFullLayers, key, overrides)
        ropeOfFullLayers = merged.settings
        paths += merged.given.map { "\(Self.ropeKey).\(hasLayerTypes ? Self.fullLayers + "." : "")\($0)" }
    }

    /// The new settings with what stays of the old ones, and the names of those that are given.
    private static func merged(
        _ new: JSONObject, _ old: JSONObject, _ key: String, _ overrides: JSONFields
    ) throws(LoadError) -> (settings: JSONObject, given: [String]) {
        var settings = new
        if let type = new["type"], new["rope_type"] == nil { settings["rope_type"] = type }
        settings["type"] = nil
        let given = settings.keys
        guard settings["rope_type"] != nil || given.allSatisfy(keptRopeMembers.contains) else {
            throw overrides.failure(
                key, expected: "a rope_type beside the other settings", found: JSONValue.object(new).serialized)
        }
        for name in keptRopeMembers where settings[name] == nil { settings[name] = old[name] }
        return (settings, given)
    }
}
