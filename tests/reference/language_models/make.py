#!/usr/bin/env python3
"""Makes gpt2.safetensors and llama.safetensors beside it: small models of random weights, with the names, shapes and
orientations that files of the transformers library have, and the logits that PyTorch computes for a batch of tokens.

GPT-2 keeps matrices as [in, out] (Conv1D) with q, k and v in one; Llama as [out, in] (Linear), each alone."""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(0)
folder = pathlib.Path(__file__).parent
vocabulary, width, heads, keys, inner, layers, length, positions = 19, 8, 4, 2, 12, 2, 6, 10
size = width // heads
tokens = torch.randint(0, vocabulary, (3, length))


def normal(*shape):
    return torch.randn(*shape) * 0.5


def attention(q, k, v):
    q, k, v = (x.unflatten(-1, (-1, size)).transpose(1, 2) for x in (q, k, v))
    k, v = (x.repeat_interleave(q.shape[1] // x.shape[1], 1) for x in (k, v))
    return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(-2)


def gpt2():
    w = {"transformer.wte.weight": normal(vocabulary, width), "transformer.wpe.weight": normal(positions, width)}
    for i in range(layers):
        h = f"transformer.h.{i}."
        for name, rows, columns in (("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width),
                                    ("mlp.c_fc", width, inner), ("mlp.c_proj", inner, width)):
            w[f"{h}{name}.weight"], w[f"{h}{name}.bias"] = normal(rows, columns), normal(columns)
        for name in ("ln_1", "ln_2"):
            w[f"{h}{name}.weight"], w[f"{h}{name}.bias"] = 1 + normal(width), normal(width)
    w["transformer.ln_f.weight"], w["transformer.ln_f.bias"] = 1 + normal(width), normal(width)

    def linear(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    def norm(x, name):
        return F.layer_norm(x, (width,), w[name + ".weight"], w[name + ".bias"], 1e-5)

    x = w["transformer.wte.weight"][tokens] + w["transformer.wpe.weight"][:length]
    for i in range(layers):
        h = f"transformer.h.{i}."
        x = x + linear(attention(*linear(norm(x, h + "ln_1"), h + "attn.c_attn").chunk(3, -1)), h + "attn.c_proj")
        x = x + linear(F.gelu(linear(norm(x, h + "ln_2"), h + "mlp.c_fc"), approximate="tanh"), h + "mlp.c_proj")
    return w, norm(x, "transformer.ln_f") @ w["transformer.wte.weight"].T


def llama():
    w = {"model.embed_tokens.weight": normal(vocabulary, width)}
    for i in range(layers):
        h = f"model.layers.{i}."
        for name, columns, rows in (("self_attn.q_proj", width, width), ("self_attn.k_proj", width, keys * size),
                                    ("self_attn.v_proj", width, keys * size), ("self_attn.o_proj", width, width),
                                    ("mlp.gate_proj", width, inner), ("mlp.up_proj", width, inner),
                                    ("mlp.down_proj", inner, width)):
            w[f"{h}{name}.weight"] = normal(rows, columns)
        for name in ("input_layernorm", "post_attention_layernorm"):
            w[f"{h}{name}.weight"] = 1 + normal(width)
    w["model.norm.weight"], w["lm_head.weight"] = 1 + normal(width), normal(vocabulary, width)

    angle = torch.arange(length)[:, None] * 10000.0 ** (-torch.arange(0, size, 2) / size)
    cos, sin = angle.cos().repeat(1, 2), angle.sin().repeat(1, 2)

    def turned(x):
        x = x.unflatten(-1, (-1, size)).transpose(1, 2)
        first, second = x.chunk(2, -1)
        return (x * cos + torch.cat([-second, first], -1) * sin).transpose(1, 2).flatten(-2)

    def norm(x, name):
        return F.rms_norm(x, (width,), w[name + ".weight"], 1e-6)

    x = w["model.embed_tokens.weight"][tokens]
    for i in range(layers):
        h = f"model.layers.{i}."
        y = norm(x, h + "input_layernorm")
        q, k, v = (y @ w[f"{h}self_attn.{name}_proj.weight"].T for name in "qkv")
        x = x + attention(turned(q), turned(k), v) @ w[h + "self_attn.o_proj.weight"].T
        y = norm(x, h + "post_attention_layernorm")
        gate, up = (y @ w[f"{h}mlp.{name}_proj.weight"].T for name in ("gate", "up"))
        x = x + (F.silu(gate) * up) @ w[h + "mlp.down_proj.weight"].T
    return w, norm(x, "model.norm") @ w["lm_head.weight"].T


for name, model in (("gpt2", gpt2), ("llama", llama)):
    weights, logits = model()
    weights = {key: value.contiguous() for key, value in weights.items()}
    save_file(weights | {"tokens": tokens.to(torch.int32), "logits": logits.contiguous()}, folder / f"{name}.safetensors",
              metadata={"format": "pt"})
