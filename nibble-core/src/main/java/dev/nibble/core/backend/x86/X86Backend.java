package dev.nibble.core.backend.x86;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.RowFormats;
import dev.nibble.core.backend.x86.matmul.AmxMatMul;
import dev.nibble.core.backend.x86.matmul.FloatMatMul;
import dev.nibble.core.backend.x86.matmul.MatMulKernels;
import dev.nibble.core.backend.x86.matmul.Panel;
import dev.nibble.core.backend.x86.matmul.PreparedMatMul;
import dev.nibble.core.backend.x86.matmul.TileRows;
import dev.nibble.core.backend.x86.matmul.Unpacking;
import dev.nibble.core.backend.x86.matmul.X86MatMul;
import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Isa;
import dev.nibble.core.x86.machine.KernelCache;
import dev.nibble.core.x86.machine.Machine;
import dev.nibble.core.x86.machine.OneTimeSelfTest;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Computes with machine code for x86-64, fast from the first call on. Activations are quantized to 8 bits with one scale per 32: the error
 * of each is at most half a step, 1/254 of the largest of the 32. AMX tiles convert activations and weights to BF16 instead, with relative
 * errors of at most 2⁻⁹.
 */
public final class X86Backend implements Backend {
    private static final long ALIGNMENT = 64;

    private final Isa isa;
    private final Buffers buffers = new Buffers();
    private final OneTimeSelfTest trial;
    private Optional<KernelCache> kernels = Optional.empty(); // guarded by this

    private X86Backend(Isa isa) {
        this(isa, preparing -> SelfTest.passes(preparing, many(isa)));
    }

    /** @param selfTest self-test of a function that prepares a product with a weight */
    X86Backend(Isa isa, Predicate<BiFunction<Tensor, Arena, MatMul>> selfTest) {
        this.isa = isa;
        this.trial = new OneTimeSelfTest(
                () -> selfTest.test((weight, arena) -> prepare(weight, arena, new MatMulKernels(untested())).orElseThrow()));
    }

    /** The backend with vectors of 512 bits, and AMX tiles for many tokens. */
    public static X86Backend amx() {
        return new X86Backend(Isa.AMX);
    }

    /** The backend with vectors of 512 bits. */
    public static X86Backend avx512() {
        return new X86Backend(Isa.AVX512);
    }

    /** The backend with vectors of 256 bits. */
    public static X86Backend avx2() {
        return new X86Backend(Isa.AVX2);
    }

    @Override
    public String name() {
        return isa.backend();
    }

    @Override
    public boolean fits() {
        Machine machine = Machine.detected();
        if (machine.unsupportedReason().isPresent()) {
            return machine.known() && isa == Isa.AVX512;
        }
        return isa == Isa.AMX ? machine.features().amx() : isa.in(machine.features());
    }

    @Override
    public Optional<String> unsupportedReason() {
        Machine machine = Machine.detected();
        if (machine.unsupportedReason().isPresent()) {
            return machine.unsupportedReason();
        }
        if (isa.in(machine.features())) {
            return Optional.empty();
        }
        return Optional.of(isa == Isa.AMX && machine.features().amx()
                ? "the system does not let this process use AMX's tiles"
                : "the processor or the system does not have " + isa);
    }

    @Override
    public Optional<String> selfTestFailure() {
        return unsupportedReason().isEmpty() ? trial.failure() : Optional.empty();
    }

    /** @throws UnsupportedException if it cannot run, or failed its self-test */
    private KernelCache kernels() {
        unsupportedReason().or(trial::failure).ifPresent(why -> {
            throw new UnsupportedException(Advice.of("backend %s: %s; take %s", name(), why, Setting.BACKEND.of("vector")));
        });
        return untested();
    }

    private synchronized KernelCache untested() {
        if (kernels.isEmpty()) {
            kernels = Optional.of(new KernelCache(Machine.detected().space().orElseThrow(), isa));
        }
        return kernels.get();
    }

    @Override
    public boolean quantizesActivations(Codec codec) {
        return RowFormats.of(codec).isPresent() || isa == Isa.AMX && codec == Plain.BF16;
    }

    @Override
    public int manyTokens() {
        return many(isa);
    }

    private static int many(Isa isa) {
        return isa == Isa.AMX ? AmxMatMul.MANY : Integer.MAX_VALUE;
    }

    @Override
    public Optional<MatMul> prepare(Tensor weight, Arena arena) {
        return FloatMatMul.supports(weight) || RowFormats.of(weight.codec()).isPresent()
                ? prepare(weight, arena, new MatMulKernels(kernels()))
                : Optional.empty();
    }

    private Optional<MatMul> prepare(Tensor weight, Arena arena, MatMulKernels code) {
        if (weight.rows() == 0 || weight.columns() == 0) {
            return Optional.empty();
        }
        if (FloatMatMul.supports(weight)) {
            Tensor stored = padded(weight, arena);
            FloatMatMul exact = new FloatMatMul(stored, Math.toIntExact(weight.rows()), Unpacking.of(weight.codec(), code, arena), code,
                    buffers);
            return Optional.of(isa == Isa.AMX && TileRows.areBfloats(stored)
                    ? onTiles(exact, TileRows.ofBfloats(stored, code), stored, code)
                    : exact);
        }
        return RowFormats.of(weight.codec()).map(format -> matMul(weight, format, arena, code));
    }

    private MatMul matMul(Tensor weight, RowFormat format, Arena arena, MatMulKernels code) {
        Tensor stored = padded(weight, arena);
        X86MatMul rounded = new X86MatMul(stored, Math.toIntExact(weight.rows()), format, code, buffers);
        return isa == Isa.AMX ? onTiles(rounded, TileRows.ofCodes(stored, format, code, buffers), stored, code) : rounded;
    }

    private MatMul onTiles(PreparedMatMul few, TileRows rows, Tensor stored, MatMulKernels code) {
        return new AmxMatMul(few, rows, Math.toIntExact(stored.rows()), code, buffers);
    }

    /** The weight, or a copy off the heap padded with rows of zeros to at least one panel. */
    private static Tensor padded(Tensor weight, Arena arena) {
        if (weight.data().isNative() && weight.rows() >= Panel.ROWS) {
            return weight;
        }
        long rows = Math.max(Panel.ROWS, weight.rows());
        MemorySegment copy = arena.allocate(rows * weight.rowBytes(), ALIGNMENT);
        MemorySegment.copy(weight.data(), 0, copy, 0, weight.data().byteSize());
        return new Tensor(weight.codec(), Shape.of(rows, weight.columns()), copy);
    }

    @Override
    public Ops ops(Supplier<Ops> rest) {
        return new X86Ops(kernels(), buffers, rest);
    }
}
