#!/usr/bin/env python3
"""One APD training step written the way a PyTorch user writes it: the baseline to be faster than.

It follows the arithmetic of the published method (arXiv 2501.14926) operation by operation, with one
autograd.grad call per network output for the gradient attributions, batch top-k over (sample, component)
pairs, dense masked forward pass and autograd for the rest.

  apd_torch.py check DIR           compare with every tests/reference/*.safetensors that it covers (float64)
  apd_torch.py time CASE [--steps N] [--warm-up N] [--threads T] [--device cpu|cuda] [--compile]
                                   print milliseconds per step; CASE is one of the names in CASES
"""
import argparse, glob, json, struct, time
import torch

CASES = {  # the experiments of the paper at full size
    "tms_5-2":    dict(kind="tms", f=5, h=2, C=5, m=3, batch=2048, p=0.05, lo=0.0, k=0.211, beta=1.0, gamma=0.0, alpha=0.7, pnorm=1.0, unit=False),
    "tms_40-10":  dict(kind="tms", f=40, h=10, C=50, m=11, batch=2048, p=0.05, lo=0.0, k=1.0, beta=10.0, gamma=0.0, alpha=20.0, pnorm=0.9, unit=False),
    "resid_1":    dict(kind="resid", f=100, d=1000, h=50, L=1, C=130, m=50, batch=2048, p=0.01, lo=-1.0, k=1.28, beta=1.0, gamma=1.0, alpha=10.0, pnorm=0.9, unit=True),
    "resid_2":    dict(kind="resid", f=100, d=1000, h=25, L=2, C=200, m=25, batch=2048, p=0.01, lo=-1.0, k=1.28, beta=2.0, gamma=1.0, alpha=7.0, pnorm=0.9, unit=False),
}


class Tms:
    """y = relu(H W^T + b), H = x W [through hidden matrices]; the matrix W is used twice."""
    def __init__(self, W, b, hidden=()):
        self.mats, self.b, self.n_hidden = [W, *hidden], b, len(hidden)
        self.uses = [0, *range(1, 1 + len(hidden)), 0]           # which matrix each linear map uses
        self.transposed = [False] * (1 + len(hidden)) + [True]

    def run(self, x, linear):
        for i in range(len(self.uses)):
            x = linear(i, x)
        return torch.relu(x + self.b)


class Resid:
    """r = x W_E; r += act(r W_in + b_in) W_out + b_out per layer; y = r W_U."""
    def __init__(self, W_E, W_U, mats, biases, act):
        self.W_E, self.W_U, self.mats, self.biases, self.act = W_E, W_U, mats, biases, act
        self.uses, self.transposed = list(range(len(mats))), [False] * len(mats)

    def run(self, x, linear):
        r = x @ self.W_E
        for l in range(len(self.mats) // 2):
            b_in, b_out = self.biases[l] if self.biases else (0.0, 0.0)
            r = r + linear(2 * l + 1, self.act(linear(2 * l, r) + b_in)) + b_out
        return r @ self.W_U


def target_pass(net, x):
    pre, post = [], []
    def linear(i, a):
        W = net.mats[net.uses[i]]
        pre.append(a); z = a @ (W.T if net.transposed[i] else W)
        z.requires_grad_(True) if not z.requires_grad else None
        post.append(z); return z
    return net.run(x, linear), pre, post


def factors(net, U, V, i):
    u, v = U[net.uses[i]], V[net.uses[i]]
    return (v.transpose(-1, -2), u.transpose(-1, -2)) if net.transposed[i] else (u, v)


def component_pass(net, U, V, x, mask=None):
    posts = []
    def linear(i, a):
        u, v = factors(net, U, V, i)
        inner = torch.einsum("bi,cim->bcm", a, u)
        if mask is not None:
            inner = inner * mask.to(inner.dtype)[..., None]
        posts.append(torch.einsum("bcm,cmo->bco", inner, v).sum(1)); return posts[-1]
    return net.run(x, linear), posts


def attributions(net, U, V, out, pre, post):
    acts = []
    for i, a in enumerate(pre):
        u, v = factors(net, U, V, i)
        acts.append(torch.einsum("bi,cio->bco", a.detach(), torch.einsum("cim,cmo->cio", u, v)))
    total = torch.zeros(out.shape[0], U[0].shape[0], dtype=out.dtype, device=out.device)
    for o in range(out.shape[1]):
        grads = torch.autograd.grad(out[:, o].sum(), post, retain_graph=True)
        one = sum(torch.einsum("bo,bco->bc", g, a) for g, a in zip(grads, acts))
        total = total + one ** 2
    return total


def loss(net, U, V, x, c):
    out, pre, post = target_pass(net, x)
    with torch.enable_grad():
        attr = attributions(net, U, V, out, pre, post).detach()
    n_active = int(c["k"] * x.shape[0])
    mask = torch.zeros_like(attr, dtype=torch.bool).view(-1)
    mask[attr.view(-1).topk(n_active).indices] = True
    mask = mask.view_as(attr)
    sparse, posts = component_pass(net, U, V, x, mask)
    n_params = sum(net.mats[u].numel() for u in net.uses)
    faith = sum(((torch.einsum("cim,cmo->io", U[u], V[u]) - net.mats[u]) ** 2).sum() for u in net.uses) / n_params
    recon = ((sparse - out.detach()) ** 2).mean()
    simple = 0.0
    for u in net.uses:
        s = (U[u] ** 2).sum(1) * (V[u] ** 2).sum(2)
        simple = simple + ((torch.einsum("cm,bc->bcm", s, mask.to(s.dtype)) + 1e-16) ** (0.5 * c["pnorm"])).sum()
    simple = simple / n_params / x.shape[0]
    total = faith + c["beta"] * recon + c["alpha"] * simple
    if c["gamma"]:
        idx = range(0, len(net.uses), 2) if isinstance(net, Resid) else range(len(net.uses))
        act = net.act if isinstance(net, Resid) else (lambda z: z)
        width = sum(post[i].shape[1] for i in idx)
        hid = sum(((act(post[i].detach()) - act(posts[i])) ** 2).sum(1) for i in idx) / width
        total = total + c["gamma"] * hid.mean()
    return total, attr, mask


def step(net, U, V, opt, x, c):
    if c["unit"]:
        with torch.no_grad():
            for u in U: u /= u.norm(dim=1, keepdim=True)
    total, attr, mask = loss(net, U, V, x, c)
    opt.zero_grad(set_to_none=True); total.backward()
    if c["unit"]:
        with torch.no_grad():
            for u in U: u.grad -= (u.grad * u).sum(1, keepdim=True) * u
    opt.step()
    return total, attr, mask


def read_safetensors(path):
    raw = open(path, "rb").read(); n = struct.unpack("<Q", raw[:8])[0]; head = json.loads(raw[8:8 + n])
    kinds = {"F64": torch.float64, "F32": torch.float32, "BOOL": torch.bool, "I64": torch.int64}
    meta = {k: json.loads(v) if v[:1] in "{[" else v for k, v in head.pop("__metadata__", {}).items()}
    body = bytearray(raw[8 + n:])
    return {k: torch.frombuffer(body, dtype=kinds[t["dtype"]], offset=t["data_offsets"][0],
            count=(t["data_offsets"][1] - t["data_offsets"][0]) // torch.empty(0, dtype=kinds[t["dtype"]]).element_size()
            ).reshape(t["shape"]).clone() for k, t in head.items()}, meta


def check(directory):
    for path in sorted(glob.glob(directory + "/*.safetensors")):
        T, meta = read_safetensors(path); cfg, model = meta["config"], meta["model"]
        if not cfg.get("topk") or not cfg.get("batch_topk", True) or cfg.get("exact_topk") or cfg.get("attribution_type", "gradient") != "gradient":
            print(f"{meta['case']:32s} not covered by this baseline"); continue
        sites = [k[5:-2] for k in T if k.startswith("init.") and k.endswith(".U")]
        U = [T[f"init.{s}.U"].requires_grad_() for s in sites]; V = [T[f"init.{s}.V"].requires_grad_() for s in sites]
        W = [T[f"target.{s}.weight"] for s in sites]
        if model["kind"] == "tms":
            net = Tms(W[0], T["target.bias"], W[1:])
        else:
            biases = [(T[f"target.layers.{l}.bias_in"], T[f"target.layers.{l}.bias_out"]) for l in range(model["n_layers"])] if model["bias"] else None
            net = Resid(T["target.W_E"], T["target.W_U"], W, biases, torch.relu if model["act_fn"] == "relu" else torch.nn.functional.gelu)
        c = dict(k=cfg["topk"], beta=cfg["topk_recon_coeff"], gamma=cfg.get("act_recon_coeff") or 0.0, alpha=cfg["schatten_coeff"],
                 pnorm=cfg["schatten_pnorm"], unit=cfg.get("unit_norm_matrices", False))
        opt = torch.optim.AdamW(U + V, lr=cfg["lr"], weight_decay=0.0); worst = 0.0
        for k, x in enumerate(T["batches"]):
            for g in opt.param_groups: g["lr"] = float(T[f"step.{k}.lr"])
            total, attr, mask = step(net, U, V, opt, x, c)
            rel = lambda a, b: float((a - b).norm() / b.norm())
            worst = max(worst, rel(total.detach(), T[f"step.{k}.total_loss"]), rel(attr, T[f"step.{k}.attribution_sum_of_squares"]),
                        float((mask != T[f"step.{k}.mask"]).sum()), *(rel(u.detach(), T[f"step.{k}.after.{s}.U"]) for s, u in zip(sites, U)),
                        *(rel(v.detach(), T[f"step.{k}.after.{s}.V"]) for s, v in zip(sites, V)))
        print(f"{meta['case']:32s} worst relative difference {worst:.1e}")


def time_case(name, steps, warm_up, device, compiled):
    c = CASES[name]; torch.manual_seed(0); dev = dict(device=device)
    if c["kind"] == "tms":
        W = torch.randn(c["f"], c["h"], **dev); net = Tms(W / W.norm(dim=1, keepdim=True), torch.zeros(c["f"], **dev)); shapes = [(c["f"], c["h"])]
    else:
        E = torch.randn(c["f"], c["d"], **dev); E /= E.norm(dim=1, keepdim=True)
        shapes = [(c["d"], c["h"]), (c["h"], c["d"])] * c["L"]
        net = Resid(E, E.T.contiguous(), [torch.randn(*s, **dev) / s[0] ** 0.5 for s in shapes], None, torch.relu)
    U = [(torch.randn(c["C"], s[0], c["m"], **dev) * 0.3).requires_grad_() for s in shapes]
    V = [(torch.randn(c["C"], c["m"], s[1], **dev) * 0.3).requires_grad_() for s in shapes]
    opt = torch.optim.AdamW(U + V, lr=1e-3, weight_decay=0.0); run = torch.compile(step) if compiled else step
    def batch():
        return (torch.rand(c["batch"], c["f"], **dev) * (1 - c["lo"]) + c["lo"]) * (torch.rand(c["batch"], c["f"], **dev) < c["p"])
    sync = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    for _ in range(warm_up): run(net, U, V, opt, batch(), c)
    sync(); t = time.perf_counter()
    for _ in range(steps): run(net, U, V, opt, batch(), c)
    sync(); ms = 1e3 * (time.perf_counter() - t) / steps
    print(json.dumps(dict(case=name, baseline="torch " + torch.__version__, device=device, threads=torch.get_num_threads(), compiled=compiled, ms_per_step=round(ms, 4))))


if __name__ == "__main__":
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("what", choices=["check", "time"]); a.add_argument("name"); a.add_argument("--steps", type=int, default=20)
    a.add_argument("--warm-up", type=int, default=3)
    a.add_argument("--threads", type=int, default=0); a.add_argument("--device", default="cpu"); a.add_argument("--compile", action="store_true")
    a = a.parse_args()
    if a.threads: torch.set_num_threads(a.threads)
    check(a.name) if a.what == "check" else time_case(a.name, a.steps, a.warm_up, a.device, a.compile)
