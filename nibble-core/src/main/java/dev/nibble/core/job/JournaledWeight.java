package dev.nibble.core.job;

import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A finished weight in a {@link WeightJournal}, with learned codebooks and transforms.
 *
 * <pre>
 *   codec (UTF); i32 length of learned codebooks, or 0; codebooks; i32 rows; i32 columns
 *   input transforms, then output transforms: i32 count; of each i32 kind, i32 size, i32 length, its values
 *   f32 static activation scale, or 0; i32 zero point
 *   blocks, to the end
 * </pre>
 */
final class JournaledWeight {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final int PERMUTATION = 1;
    private static final int CHANNEL_SCALE = 2;
    private static final int HADAMARD = 3;

    private JournaledWeight() {}

    static void write(Weight weight, DataOutputStream out) throws IOException {
        Codec codec = weight.values().codec();
        byte[] learned = codec.learned().map(codebooks -> codebooks.toArray(BYTE)).orElse(new byte[0]);
        out.writeUTF(codec.name());
        out.writeInt(learned.length);
        out.write(learned);
        out.writeInt(Math.toIntExact(weight.values().rows()));
        out.writeInt(Math.toIntExact(weight.values().columns()));
        writeTransforms(weight.inputTransforms(), out);
        writeTransforms(weight.outputTransforms(), out);
        writeActivations(weight.inputQuantization(), out);
        out.write(weight.values().data().toArray(BYTE));
    }

    private static void writeTransforms(List<Transform> transforms, DataOutputStream out) throws IOException {
        out.writeInt(transforms.size());
        for (Transform transform : transforms) {
            switch (transform) {
                case Transform.Permutation permutation -> {
                    writeHead(PERMUTATION, 0, permutation.order().length, out);
                    for (int column : permutation.order()) {
                        out.writeInt(column);
                    }
                }
                case Transform.ChannelScale scale -> {
                    writeHead(CHANNEL_SCALE, 0, scale.scale().length, out);
                    writeFloats(scale.scale(), out);
                }
                case Transform.Hadamard hadamard -> {
                    writeHead(HADAMARD, hadamard.size(), hadamard.signs().length, out);
                    writeFloats(hadamard.signs(), out);
                }
                case Transform.Kronecker kronecker -> throw foreign();
                case Transform.Padding padding -> throw foreign();
            }
        }
    }

    private static void writeActivations(ActivationQuantization activations, DataOutputStream out) throws IOException {
        switch (activations) {
            case ActivationQuantization.None none -> writeActivations(0, 0, out);
            case ActivationQuantization.PerTensor inputs -> writeActivations(inputs.scale(), inputs.zeroPoint(), out);
            case ActivationQuantization.PerToken perToken -> throw foreign();
            case ActivationQuantization.OutlierAware outliers -> throw foreign();
        }
    }

    private static void writeActivations(float scale, int zeroPoint, DataOutputStream out) throws IOException {
        out.writeFloat(scale);
        out.writeInt(zeroPoint);
    }

    private static ActivationQuantization readActivations(DataInputStream in) throws IOException {
        float scale = in.readFloat();
        int zeroPoint = in.readInt();
        return scale == 0 ? ActivationQuantization.NONE : new ActivationQuantization.PerTensor(scale, zeroPoint);
    }

    private static IllegalArgumentException foreign() {
        return new IllegalArgumentException("no quantizer produces such transforms or activation quantization");
    }

    private static void writeHead(int kind, int size, int length, DataOutputStream out) throws IOException {
        out.writeInt(kind);
        out.writeInt(size);
        out.writeInt(length);
    }

    static void writeFloats(float[] values, DataOutputStream out) throws IOException {
        for (float value : values) {
            out.writeFloat(value);
        }
    }

    static float[] readFloats(int count, DataInputStream in) throws IOException {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = in.readFloat();
        }
        return values;
    }

    /** Reads a weight; empty if its codec is not the one asked for. */
    static Optional<Weight> read(DataInputStream in, Codec asked, Arena arena) throws IOException {
        if (!in.readUTF().equals(asked.name())) {
            return Optional.empty();
        }
        byte[] learned = in.readNBytes(in.readInt());
        Codec codec = asked.withLearned(MemorySegment.ofArray(learned));
        Shape shape = Shape.of(in.readInt(), in.readInt());
        List<Transform> inputTransforms = readTransforms(in);
        List<Transform> outputTransforms = readTransforms(in);
        ActivationQuantization activations = readActivations(in);
        byte[] bytes = in.readAllBytes();
        MemorySegment blocks = arena.allocate(codec.bytes(shape.count()), Long.BYTES);
        MemorySegment.copy(bytes, 0, blocks, BYTE, 0, bytes.length);
        return Optional.of(new Weight(new Tensor(codec, shape, blocks), inputTransforms, outputTransforms, activations));
    }

    private static List<Transform> readTransforms(DataInputStream in) throws IOException {
        List<Transform> transforms = new ArrayList<>();
        for (int count = in.readInt(); count > 0; count--) {
            int kind = in.readInt();
            int size = in.readInt();
            int length = in.readInt();
            transforms.add(switch (kind) {
                case PERMUTATION -> {
                    int[] order = new int[length];
                    for (int i = 0; i < length; i++) {
                        order[i] = in.readInt();
                    }
                    yield new Transform.Permutation(order);
                }
                case CHANNEL_SCALE -> new Transform.ChannelScale(readFloats(length, in));
                case HADAMARD -> new Transform.Hadamard(size, readFloats(length, in));
                default -> throw new IOException("a transform of kind " + kind);
            });
        }
        return transforms;
    }
}
