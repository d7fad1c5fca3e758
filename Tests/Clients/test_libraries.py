"""Libraries that talk to OpenAI-compatible servers: a short session of each."""
import json, os, subprocess, sys, tempfile, unittest
from serving import Server


class LibraryTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--api-key", "secret")
        cls.addClassCleanup(cls.server.__exit__)
        cls.base = cls.server.base + "/v1"

    def test_langchain(self):
        from langchain_openai import ChatOpenAI, OpenAI
        model = ChatOpenAI(model="m", base_url=self.base, api_key="secret", temperature=0, max_tokens=12, max_retries=0)
        question = [("system", "Be brief."), ("human", "Name three birds.")]
        whole = model.invoke(question)
        self.assertEqual(whole.usage_metadata["output_tokens"], 12)
        self.assertEqual(whole.response_metadata["finish_reason"], "length")
        self.assertEqual("".join(chunk.content for chunk in model.stream(question)), whole.content)
        self.assertEqual([answer.content for answer in model.batch([question] * 3)], [whole.content] * 3)
        completion = OpenAI(model="m", base_url=self.base, api_key="secret", temperature=0, max_tokens=8, max_retries=0)
        self.assertTrue(completion.invoke("The capital of France is"))

    def test_langchain_responses(self):
        from langchain_openai import ChatOpenAI
        model = ChatOpenAI(model="m", base_url=self.base, api_key="secret", temperature=0, max_tokens=12, max_retries=0,
                           use_responses_api=True)
        whole = model.invoke("Name three birds.")
        self.assertTrue(whole.text if isinstance(whole.text, str) else whole.text())
        self.assertEqual(whole.usage_metadata["output_tokens"], 12)

    def test_litellm(self):
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        import litellm
        call = dict(model="openai/m", api_base=self.base, api_key="secret", temperature=0, max_tokens=12,
                    messages=[{"role": "user", "content": "Name three birds."}], num_retries=0)
        whole = litellm.completion(**call)
        self.assertEqual(whole.usage.completion_tokens, 12)
        pieces = [chunk.choices[0].delta.content or "" for chunk in litellm.completion(**call, stream=True)]
        self.assertEqual("".join(pieces), whole.choices[0].message.content)
        with self.assertRaises(litellm.BadRequestError):
            litellm.completion(**{**call, "temperature": 5})
        with self.assertRaises(litellm.AuthenticationError):
            litellm.completion(**{**call, "api_key": "wrong"})

    def test_llm(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "extra-openai-models.yaml"), "w") as models:
                json.dump([{"model_id": "needle", "model_name": "m", "api_base": self.base, "api_key_name": "needle"}],
                          models)
            with open(os.path.join(folder, "keys.json"), "w") as keys:
                json.dump({"needle": "secret"}, keys)
            environment = {**os.environ, "LLM_USER_PATH": folder}

            def ask(*words):
                command = [sys.executable, "-m", "llm", *words]
                return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60)

            question = ["-m", "needle", "-o", "temperature", "0", "-o", "max_tokens", "12", "Name three birds."]
            streamed = ask("prompt", *question).stdout
            self.assertTrue(streamed.strip())
            self.assertEqual(ask("prompt", "--no-stream", *question).stdout, streamed)
            self.assertTrue(ask("prompt", "-c", "-o", "max_tokens", "12", "And one more?").stdout.strip())


if __name__ == "__main__":
    unittest.main()
