"""What each sampling parameter does: to the distribution of draws (Pearson's test against its definition, written out here on
the model's own logits), or to the text."""
import json, math, unittest
from collections import Counter
from serving import Server, TINY, TINY_FLAGS

PROMPT = [5, 6, 7, 8, 40, 5]
NEVER = -math.inf
REQUESTS, CHOICES = 8, 256


def softmax(logits):
    top = max(logits)
    weights = [math.exp(logit - top) for logit in logits]
    return [weight / sum(weights) for weight in weights]


def only(logits, tokens):
    return [logit if token in tokens else NEVER for token, logit in enumerate(logits)]


def kept(logits, probabilities, tokens):
    """The distribution over these tokens alone."""
    total = sum(probabilities[token] for token in tokens)
    return [probabilities[token] / total if token in tokens else 0 for token in range(len(logits))]


def descending(values):
    return sorted(range(len(values)), key=lambda token: -values[token])


class DistributionTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(*TINY_FLAGS, "--max-logprobs", "-1", model=TINY)
        cls.addClassCleanup(cls.server.__exit__)
        cls.logits = cls.model(PROMPT)

    @classmethod
    def model(cls, prompt):
        """The model's logits of the next token."""
        answer = cls.server.complete(prompt=prompt, max_tokens=1, temperature=0, logprobs=-1, logprobs_mode="raw_logits")
        top = answer["choices"][0]["logprobs"]["top_logprobs"][0]
        logits = [0.0] * len(top)
        for token, logit in top.items():
            logits[int(token.removeprefix("token_id:"))] = logit
        return logits

    def draws(self, length=1, **fields):
        """The token ids of some two thousand outputs."""
        outputs = []
        for request in range(REQUESTS):
            answer = self.server.complete(**{
                "prompt": PROMPT, "max_tokens": length, "n": CHOICES, "seed": 1000 * request, "temperature": 1,
                "ignore_eos": True, "return_token_ids": True, **fields})
            outputs += [choice["token_ids"] for choice in answer["choices"]]
        return outputs

    def expect(self, tokens, probabilities):
        """Tokens expected less than five times count as one. The seeds are fixed: this passes or fails for good."""
        counts = Counter(tokens)
        for token in counts:
            self.assertGreater(probabilities[token], 0, f"token {token} is ruled out and was drawn")
        cells, rare = [], [0, 0]
        for token, probability in enumerate(probabilities):
            mean = probability * len(tokens)
            if mean >= 5:
                cells.append((mean, counts[token]))
            else:
                rare = [rare[0] + mean, rare[1] + counts[token]]
        if rare[0] >= 5:
            cells.append(tuple(rare))
        statistic = sum((found - mean) ** 2 / mean for mean, found in cells)
        freedom = max(len(cells) - 1, 1)
        self.assertLess(statistic, freedom + 4 * math.sqrt(2 * freedom), cells)

    def expect_first(self, probabilities, **fields):
        self.expect([output[0] for output in self.draws(**fields)], probabilities)

    def expect_second(self, change, **fields):
        """The second token, where the first was the most likely one: `change` of the logits after it."""
        first = descending(self.logits)[0]
        seconds = [output[1] for output in self.draws(2, logit_bias={first: 4}, **fields) if output[0] == first]
        self.assertGreater(len(seconds), 500)
        logits = self.model(PROMPT + [first])
        logits[first] += 4
        self.expect(seconds, softmax(change(logits, first)))

    def test_choices_are_independent_draws(self):
        self.expect_first(softmax(self.logits))

    def test_temperature(self):
        for temperature in (0.5, 1.5, 2):
            with self.subTest(temperature=temperature):
                self.expect_first(softmax([logit / temperature for logit in self.logits]), temperature=temperature)

    def test_top_k(self):
        probabilities = softmax(self.logits)
        self.expect_first(kept(self.logits, probabilities, descending(probabilities)[:6]), top_k=6)

    def test_top_p(self):
        probabilities = softmax(self.logits)
        tokens, total = [], 0
        for token in descending(probabilities):
            if total >= 0.7:
                break
            tokens.append(token)
            total += probabilities[token]
        self.expect_first(kept(self.logits, probabilities, tokens), top_p=0.7)

    def test_min_p(self):
        probabilities = softmax(self.logits)
        tokens = [token for token, value in enumerate(probabilities) if value >= 0.2 * max(probabilities)]
        self.expect_first(kept(self.logits, probabilities, tokens), min_p=0.2)

    def test_logit_bias(self):
        bias = {5: 2, 40: 3, descending(self.logits)[0]: -100}
        changed = [logit + bias.get(token, 0) for token, logit in enumerate(self.logits)]
        self.expect_first(softmax(changed), logit_bias=bias)

    def test_allowed_token_ids(self):
        self.expect_first(softmax(only(self.logits, [3, 40, 41, 42, 200])), allowed_token_ids=[3, 40, 41, 42, 200])

    def test_min_tokens(self):
        stops = descending(self.logits)[:3]
        others = set(range(len(self.logits))) - {*stops, *self.eos()}
        self.expect_first(softmax(only(self.logits, others)), max_tokens=1, min_tokens=1, stop_token_ids=stops)

    def eos(self):
        """The tokens that end an output by themselves: those that min_tokens rules out without any other stop."""
        answer = self.server.complete(prompt=PROMPT, max_tokens=1, min_tokens=1, temperature=0, logprobs=-1,
                                      logprobs_mode="processed_logits")
        top = answer["choices"][0]["logprobs"]["top_logprobs"][0]
        values = {int(token.removeprefix("token_id:")): logit for token, logit in top.items()}
        return [token for token in range(len(self.logits)) if values.get(token, NEVER) < -1e30]

    def test_repetition_penalty(self):
        for penalty in (0.6, 1.8):
            with self.subTest(penalty=penalty):
                changed = [(logit / penalty if logit > 0 else logit * penalty) if token in PROMPT else logit
                           for token, logit in enumerate(self.logits)]
                self.expect_first(softmax(changed), repetition_penalty=penalty)

    def test_presence_and_frequency_penalty(self):
        for name, penalty in (("presence_penalty", 1.5), ("presence_penalty", -1), ("frequency_penalty", 2)):
            with self.subTest(name=name, penalty=penalty):
                self.expect_second(
                    lambda logits, first: [logit - penalty * (token == first) for token, logit in enumerate(logits)],
                    **{name: penalty})

    def test_no_repeat_ngram(self):
        self.expect_second(
            lambda logits, first: [NEVER if token in (*PROMPT, first) else logit for token, logit in enumerate(logits)],
            logits_processors=[{"name": "no_repeat_ngram", "args": {"size": 1}}])

    def test_xtc(self):
        probabilities = softmax(self.logits)
        top = [token for token in descending(probabilities) if probabilities[token] >= 0.02]
        self.assertGreater(len(top), 2)
        rest = kept(self.logits, probabilities, set(range(len(self.logits))) - set(top[:-1]))
        mixed = [0.4 * without + 0.6 * plain for without, plain in zip(rest, probabilities)]
        self.expect_first(
            mixed, logits_processors=[{"name": "xtc", "args": {"probability": 0.4, "threshold": 0.02}}])

    def test_top_n_sigma(self):
        mean = sum(self.logits) / len(self.logits)
        sigma = math.sqrt(sum((logit - mean) ** 2 for logit in self.logits) / len(self.logits))
        tokens = [token for token, logit in enumerate(self.logits) if logit >= max(self.logits) - 1.2 * sigma]
        self.assertGreater(len(tokens), 2)
        self.expect_first(softmax(only(self.logits, tokens)),
                          logits_processors=[{"name": "top_n_sigma", "args": {"value": 1.2}}])

    def test_typical_p(self):
        probabilities = softmax(self.logits)
        entropy = -sum(value * math.log(value) for value in probabilities)
        tokens, total = [], 0
        for token in sorted(range(len(probabilities)), key=lambda token: abs(-math.log(probabilities[token]) - entropy)):
            if total >= 0.6:
                break
            tokens.append(token)
            total += probabilities[token]
        self.expect_first(kept(self.logits, probabilities, tokens), vllm_xargs={"typical_p": 0.6})

    def test_a_row_whose_tokens_are_all_banned(self):
        """Whole or streamed, one output or several: an error that names what bans them, not token 0."""
        fields = {"model": "m", "prompt": PROMPT, "max_tokens": 8, "allowed_token_ids": [9], "stop_token_ids": [9],
                  "min_tokens": 5}
        for count in (1, 3):
            status, _, answer = self.server.request("POST", "/v1/completions", {**fields, "n": count})
            self.assertEqual((status, answer["error"]["param"]), (400, "allowed_token_ids"))
            self.assertIn("min_tokens", answer["error"]["message"])
            _, _, events = self.server.request("POST", "/v1/completions", {**fields, "n": count, "stream": True})
            first, *rest = [line.removeprefix("data: ") for line in str(events).splitlines() if line]
            error = json.loads(first)["error"]
            self.assertEqual((error["code"], error["param"], rest), (400, "allowed_token_ids", ["[DONE]"]))
        self.server.complete(prompt=PROMPT, max_tokens=1)

    def test_too_many_processors(self):
        calls = [{"name": "typical_p", "args": {"value": 0.99999999}}] * 16
        status, _, answer = self.server.request("POST", "/v1/completions", {
            "model": "m", "prompt": PROMPT, "n": 256, "logits_processors": calls})
        self.assertEqual((status, answer["error"]["param"]), (400, "logits_processors"))
        self.assertIn("at most 1024", answer["error"]["message"])

    def test_beams_have_no_prompt_logprobs(self):
        fields = {"model": "m", "prompt": PROMPT, "use_beam_search": True, "n": 2, "max_tokens": 2}
        for more, param in (({"prompt_logprobs": 1}, "prompt_logprobs"), ({"echo": True, "logprobs": 1}, "echo")):
            status, _, answer = self.server.request("POST", "/v1/completions", {**fields, **more})
            self.assertEqual((status, answer["error"]["param"]), (400, param))

    def test_best_of_is_one_prompt(self):
        with Server(*TINY_FLAGS, "--enable-prompt-tokens-details", model=TINY) as server:
            usage = server.complete(prompt=list(range(3, 43)), max_tokens=2, best_of=4, temperature=1)["usage"]
            self.assertEqual(usage["prompt_tokens_details"]["cached_tokens"], 0)

    def test_best_of(self):
        """The likelier of two draws: one of them is the token, and the other is none that is likelier."""
        probabilities = softmax(self.logits)
        better, total = [0.0] * len(probabilities), 0.0
        for token in reversed(descending(probabilities)):
            better[token] = (total + probabilities[token]) ** 2 - total ** 2
            total += probabilities[token]
        tokens = []
        for request in range(1000):
            answer = self.server.complete(prompt=PROMPT, max_tokens=1, best_of=2, seed=2 * request, temperature=1,
                                          ignore_eos=True, return_token_ids=True)
            tokens.append(answer["choices"][0]["token_ids"][0])
        self.expect(tokens, better)


class TextTests(unittest.TestCase):
    """What ends an output, and what it shows; on the default model."""
    PROMPT = "Once upon a time there was a"

    @classmethod
    def setUpClass(cls):
        marks = '{"think_start_str": "<think>", "think_end_str": "</think>"}'
        cls.server = Server("--reasoning-config", marks)
        cls.addClassCleanup(cls.server.__exit__)

    def choice(self, **fields):
        return self.server.complete(**{"prompt": self.PROMPT, "max_tokens": 24, "temperature": 0, **fields})["choices"][0]

    def streamed(self, **fields):
        """The choice of a streamed answer, put together again."""
        body = {"model": "m", "prompt": self.PROMPT, "max_tokens": 24, "temperature": 0, "stream": True, **fields}
        text = self.server.request("POST", "/v1/completions", body)[2]
        pieces = [json.loads(line[6:])["choices"][0] for line in text.split("\n\n") if line.startswith("data: {")]
        return {**pieces[-1], "text": "".join(piece["text"] for piece in pieces)}

    def test_stop(self):
        whole = self.choice()["text"]
        middle, later = whole[9:13], whole[20:22]
        cases = [([later, middle], middle), ([middle + "?", middle], middle), ([whole[8:13], middle], whole[8:13]),
                 ([whole[9:16], middle], middle), ("~", None), (["~", middle[0]], middle[0])]
        for stop, found in cases:
            for streamed in (False, True):
                with self.subTest(stop=stop, streamed=streamed):
                    choice = self.streamed(stop=stop) if streamed else self.choice(stop=stop)
                    end = whole.index(found) if found else len(whole)
                    self.assertEqual((choice["text"], choice["stop_reason"]), (whole[:end], found))
        choice = self.choice(stop=middle, include_stop_str_in_output=True)
        self.assertEqual(choice["text"], whole[:whole.index(middle) + len(middle)])

    def test_stop_within_min_tokens(self):
        whole = self.choice(return_token_ids=True)
        stop = whole["text"][:4]
        self.assertEqual(self.choice(stop=stop)["text"], "")
        self.assertEqual(self.choice(stop=stop, min_tokens=24)["text"], whole["text"])

    def test_bad_words(self):
        word = self.choice()["text"].split()[0]
        self.assertNotIn(word, self.choice(bad_words=[word])["text"])

    def test_too_many_tokens_of_bad_words(self):
        status, _, answer = self.server.request("POST", "/v1/completions", {
            "model": "m", "prompt": "a", "max_tokens": 1, "bad_words": [" x y" * 2500]})
        self.assertEqual((status, answer["error"]["param"]), (400, "bad_words"))
        self.assertIn("8192", answer["error"]["message"])

    def test_repetition_detection(self):
        """`a b a b a b` is what it takes to end."""
        detection = {"max_pattern_size": 2, "min_pattern_size": 1, "min_count": 3}
        whole = self.choice(allowed_token_ids=[30], max_tokens=9, ignore_eos=True)
        self.assertEqual(whole["finish_reason"], "length")
        choice = self.choice(allowed_token_ids=[30], max_tokens=9, ignore_eos=True, repetition_detection=detection,
                             return_token_ids=True)
        self.assertEqual((choice["token_ids"], choice["finish_reason"]), ([30] * 3, "repetition"))

    def test_thinking_token_budget(self):
        budget = 5
        choice = self.choice(prompt="<think>", thinking_token_budget=budget, ignore_eos=True, return_token_ids=True)
        end = self.server.request("POST", "/tokenize", {"prompt": "</think>", "add_special_tokens": False})[2]["tokens"]
        self.assertEqual(choice["token_ids"][budget:budget + len(end)], end)
        self.assertIn("</think>", choice["text"])
        self.assertEqual(choice["token_ids"][:budget],
                         self.choice(prompt="<think>", ignore_eos=True, return_token_ids=True)["token_ids"][:budget])

    def test_truncation(self):
        tokens = self.server.request("POST", "/tokenize", {"prompt": self.PROMPT})[2]["tokens"]
        for side, rest in (("left", tokens[-3:]), ("right", tokens[:3])):
            choice = self.choice(truncate_prompt_tokens=3, truncation_side=side, return_token_ids=True)
            self.assertEqual(choice["prompt_token_ids"], rest)

    def test_truncation_leaves_room_for_the_output(self):
        usage = self.server.complete(prompt="word " * 9000, truncate_prompt_tokens=-1, max_tokens=16, temperature=0,
                                     ignore_eos=True)["usage"]
        length = self.server.request("GET", "/v1/models")[2]["data"][0]["max_model_len"]
        self.assertEqual((usage["prompt_tokens"], usage["completion_tokens"]), (length - 16, 16))

    def test_special_tokens(self):
        end = self.server.request("POST", "/tokenize", {"prompt": "<|im_end|>", "add_special_tokens": False})[2]["tokens"]
        fields = {"allowed_token_ids": end, "ignore_eos": True, "max_tokens": 3}
        self.assertEqual(self.choice(**fields)["text"], "")
        self.assertEqual(self.choice(**fields, skip_special_tokens=False)["text"], "<|im_end|>" * 3)
        self.assertEqual(self.choice(allowed_token_ids=end, max_tokens=3)["finish_reason"], "stop")

    def test_seeds(self):
        """A seed's outputs are the same alone, as a choice, in company, in a stream and after a restart."""
        fields = {"prompt": self.PROMPT, "max_tokens": 16, "temperature": 1.2, "top_p": 0.95}
        first = [choice["text"] for choice in self.server.complete(**fields, seed=7, n=4)["choices"]]
        self.assertEqual(len(set(first)), 4)
        together = self.server.complete(**{**fields, "prompt": [self.PROMPT] * 3, "seed": 7, "n": 4})["choices"]
        self.assertEqual([choice["text"] for choice in together], first * 3)
        with Server("--threads", "1", "--max-num-batched-tokens", "16", "--max-num-seqs", "3") as other:
            again = other.complete(**fields, seed=7, n=4)["choices"]
            self.assertEqual([choice["text"] for choice in again], first)
            self.assertEqual(other.complete(**fields, seed=7)["choices"][0]["text"], first[0])


if __name__ == "__main__":
    unittest.main()
