import Needletail
import Testing

@Suite struct EnvironmentReportTests {
    @Test func `a report names the secrets that are set and hides their values`() {
        let settings = EnvironmentReport.settings([
            "NEEDLETAIL_API_KEY": "sk-1", "HF_TOKEN": "hf-2", "NEEDLETAIL_THREADS": "3", "PATH": "/bin",
        ])
        #expect(settings.map(\.name) == ["HF_TOKEN", "NEEDLETAIL_API_KEY", "NEEDLETAIL_THREADS"])
        #expect(settings.map(\.value) == ["set", "set", "3"])
    }
}
