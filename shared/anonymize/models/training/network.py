"""The network that marks the middle of each line of writing, and how it is written for the library.

It sees red, green and blue in steps of 32 pixels, (shade / 255 - 0.5) / 0.25, at a half, a quarter, an eighth and so on
of the size, and mixes what it sees from afar with what it sees from close by. It answers at a quarter of the size, for
each of the four places there: upper left, upper right, lower left, lower right.
"""
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn


class Block(nn.Module):
    """A convolution with its scale and shift, and a rectifier."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x, before=None):
        x = self.norm(self.convolution(x))
        return torch.relu(x if before is None else x + before)


class Network(nn.Module):
    """The whole."""

    def __init__(self, a=16, b=24, c=48, d=64, e=96) -> None:
        super().__init__()
        self.c1, self.c2 = Block(3, a, 2), Block(a, b, 2)
        self.b4 = Block(b, b)
        self.c3 = Block(b, c, 2)
        self.b8, self.b8b = Block(c, c), Block(c, c)
        self.c4 = Block(c, d, 2)
        self.b16, self.b16b = Block(d, d), Block(d, d)
        self.c5 = Block(d, e, 2)
        self.b32, self.b32b = Block(e, e), Block(e, e)
        self.l5, self.s16 = Block(e, d, kernel=1), Block(d, d)
        self.l4, self.s8 = Block(d, c, kernel=1), Block(c, c)
        self.l3, self.s4 = Block(c, b, kernel=1), Block(b, b)
        self.head = nn.Conv2d(b, 4, 1)

    def forward(self, x):
        up = lambda y: nn.functional.interpolate(y, scale_factor=2, mode="nearest")
        x4 = self.c2(self.c1(x))
        x4 = self.b4(x4, x4)
        x8 = self.c3(x4)
        x8 = self.b8(x8, x8)
        x8 = self.b8b(x8, x8)
        x16 = self.c4(x8)
        x16 = self.b16(x16, x16)
        x16 = self.b16b(x16, x16)
        x32 = self.c5(x16)
        x32 = self.b32(x32, x32)
        x32 = self.b32b(x32, x32)
        y = up(self.l5(x32)) + x16
        y = self.s16(y, y)
        y = up(self.l4(y)) + x8
        y = self.s8(y, y)
        y = up(self.l3(y)) + x4
        y = self.s4(y, y)
        return nn.functional.pixel_shuffle(self.head(y), 2)


def export(net: Network, path: str) -> None:
    """Writes the network with its norms folded into its convolutions: planes in, four places of each cell out."""
    nodes, weights = [], []

    def constant(name, value):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    scales = constant("twice", np.array([1, 1, 2, 2], np.float32))

    def convolve(name, source, module, before=None, rectify=True):
        if isinstance(module, Block):
            conv, norm = module.convolution, module.norm
            factor = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
            weight = (conv.weight.detach() * factor[:, None, None, None]).numpy()
            bias = (norm.bias.detach() - norm.running_mean * factor).numpy()
        else:
            conv, weight, bias = module, module.weight.detach().numpy(), module.bias.detach().numpy()
        side = conv.kernel_size[0] // 2
        nodes.append(helper.make_node("Conv", [source, constant(f"{name}.w", weight.astype(np.float32)), constant(f"{name}.b", bias.astype(np.float32))],
                                      [f"{name}.c"], strides=list(conv.stride), pads=[side] * 4, kernel_shape=list(conv.kernel_size)))
        out = f"{name}.c"
        if before:
            nodes.append(helper.make_node("Add", [out, before], [f"{name}.a"]))
            out = f"{name}.a"
        if rectify:
            nodes.append(helper.make_node("Relu", [out], [name]))
            out = name
        return out

    def up(source, beside):
        nodes.append(helper.make_node("Resize", [source, "", scales], [f"{source}.up"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"))
        nodes.append(helper.make_node("Add", [f"{source}.up", beside], [f"{source}.sum"]))
        return f"{source}.sum"

    def twice(name, source):
        return convolve(name, source, getattr(net, name), before=source)

    x4 = twice("b4", convolve("c2", convolve("c1", "picture", net.c1), net.c2))
    x8 = twice("b8b", twice("b8", convolve("c3", x4, net.c3)))
    x16 = twice("b16b", twice("b16", convolve("c4", x8, net.c4)))
    x32 = twice("b32b", twice("b32", convolve("c5", x16, net.c5)))
    y = twice("s16", up(convolve("l5", x32, net.l5), x16))
    y = twice("s8", up(convolve("l4", y, net.l4), x8))
    y = twice("s4", up(convolve("l3", y, net.l3), x4))
    last = convolve("head", y, net.head, rectify=False)
    nodes.append(helper.make_node("Sigmoid", [last], ["text"]))
    floats = TensorProto.FLOAT
    graph = helper.make_graph(nodes, "text", [helper.make_tensor_value_info("picture", floats, [1, 3, "height", "width"])],
                              [helper.make_tensor_value_info("text", floats, [1, 4, "rows", "columns"])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
