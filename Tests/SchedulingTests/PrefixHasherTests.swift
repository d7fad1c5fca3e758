import EngineTypes
import Scheduling
import Testing

func chain(_ tokens: [TokenID], blockSize: Int, salt: String? = nil) -> [BlockHash] {
    chain(tokens, blockSize: blockSize, extraKeys: salt.map { [BlockExtraKey(.salt, $0.utf8)] } ?? [])
}

func chain(_ tokens: [TokenID], blockSize: Int, extraKeys: [BlockExtraKey]) -> [BlockHash] {
    var hasher = PrefixHasher()
    var chain: [BlockHash] = []
    hasher.extend(
        &chain, to: tokens.count / blockSize, blockSize: blockSize, tokens: tokens, extraKeys: extraKeys)
    return chain
}

func hash(of block: [TokenID]) -> BlockHash { chain(block, blockSize: block.count)[0] }

@Suite struct PrefixHasherTests {
    @Test func `only full blocks have a hash`() {
        #expect(chain(makePrompt(11, stream: 1), blockSize: 4).count == 2)
    }

    @Test func `a hash covers all tokens before its block`() {
        let (left, right) = (chain([1, 2, 3, 4], blockSize: 2), chain([9, 2, 3, 4], blockSize: 2))
        #expect(left[0] != right[0])
        #expect(left[1] != right[1])
    }

    @Test func `equal prefixes have equal hashes`() {
        let (left, right) = (chain([1, 2, 3, 4], blockSize: 2), chain([1, 2, 3, 5], blockSize: 2))
        #expect(left[0] == right[0])
        #expect(left[1] != right[1])
    }

    @Test func `a salt changes the hash of every block`() {
        let tokens = makePrompt(8, stream: 1)
        let (plain, salted) = (chain(tokens, blockSize: 4), chain(tokens, blockSize: 4, salt: "a"))
        #expect(Set(plain).isDisjoint(with: salted))
        #expect(Set(salted).isDisjoint(with: chain(tokens, blockSize: 4, salt: "b")))
        #expect(Set(plain).isDisjoint(with: chain(tokens, blockSize: 4, salt: "")))
    }

    @Test func `a key of some tokens separates their blocks and those after them`() {
        let tokens = makePrompt(16, stream: 1)
        func keyed(_ content: UInt8, _ range: Range<Int>) -> [BlockHash] {
            chain(tokens, blockSize: 4, extraKeys: [BlockExtraKey(.media, [content], tokens: range)])
        }
        let (plain, media) = (chain(tokens, blockSize: 4), keyed(1, 5..<9))
        #expect(media[0] == plain[0])
        #expect(Set(media.dropFirst()).isDisjoint(with: plain))
        // Different content, or the same content at another position in the block.
        #expect(Set(media.dropFirst()).isDisjoint(with: keyed(2, 5..<9)))
        #expect(Set(media.dropFirst()).isDisjoint(with: keyed(1, 6..<9)))
        #expect(keyed(1, 12..<16).prefix(3) == plain.prefix(3) && keyed(1, 12..<16)[3] != plain[3])
    }

    @Test func `a chain extended in parts is the same`() {
        let tokens = makePrompt(12, stream: 1)
        var hasher = PrefixHasher()
        var parts: [BlockHash] = []
        for count in 1...3 {
            hasher.extend(&parts, to: count, blockSize: 4, tokens: tokens, extraKeys: [BlockExtraKey(.salt, "a".utf8)])
        }
        #expect(parts == chain(tokens, blockSize: 4, salt: "a"))
    }
}
