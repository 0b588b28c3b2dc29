package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.io.ByteReader;
import dev.nibble.core.checkpoint.io.Utf8;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Array;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Dictionary;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Global;
import dev.nibble.core.checkpoint.pytorch.PickleValue.None;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Scalar;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Reads a pickle, protocols 2 to 5, as data: an interpreter of the operations in PyTorch's checkpoints, which builds {@link PickleValue}s
 * and nothing else. The first operation or name that is not on the list is refused.
 */
final class PickleReader {
    private final ByteReader reader;
    private final PickleStack stack;
    private final PickleTensors tensors;
    private long operation; // start of the current one
    private long frameEnd;
    private int objects;

    /** @param tensors resolves the pickle's tensors */
    PickleReader(ByteReader reader, PickleTensors tensors) {
        this.reader = reader;
        this.tensors = tensors;
        this.stack = new PickleStack(this::wrong);
    }

    PickleValue read() {
        if (reader.u8("protocol") != 0x80) {
            throw wrong("PROTOCOL", "does not start with a protocol number");
        }
        int protocol = reader.u8("protocol");
        if (protocol < 2 || protocol > 5) {
            throw wrong("PROTOCOL", "protocol " + protocol + ", readable are 2 to 5");
        }
        for (int operations = 0; operations < Limits.PICKLE_OPERATIONS; operations++) {
            operation = reader.position();
            int code = reader.u8("operation");
            if (code == '.') {
                if (reader.remaining() != 0) {
                    throw wrong("TRAILING_BYTES", reader.remaining() + " bytes after the end");
                }
                return stack.last();
            }
            run(code);
        }
        throw wrong("TOO_MANY_OPERATIONS", "more than " + Limits.PICKLE_OPERATIONS + " operations");
    }

    private void run(int code) {
        switch (code) {
            case '(' -> stack.mark();
            case '0' -> stack.pop();
            case '1' -> stack.popToMark();
            case '2' -> stack.push(stack.top());
            case '}' -> stack.push(counted(new Dictionary(false)));
            case ']' -> stack.push(counted(new Array()));
            case ')' -> stack.push(PickleStack.tuple(List.of()));
            case 't' -> stack.push(counted(PickleStack.tuple(stack.popToMark())));
            case 0x85, 0x86, 0x87 -> stack.push(counted(PickleStack.tuple(stack.pop(code - 0x84))));
            case 'l' -> list(stack.popToMark());
            case 'd' -> dictionary(stack.popToMark());
            case 'a' -> stack.append(List.of(stack.pop()));
            case 'e' -> stack.append(stack.popToMark());
            case 's' -> stack.put(stack.pop(2));
            case 'u' -> stack.put(stack.popToMark());
            case 'b' -> stack.build();
            case 'c' -> stack.push(allowed(line(), line()));
            case 0x93 -> named();
            case 'R' -> call();
            case 'Q' -> stack.push(counted(tensors.storage(stack.pop(), this::wrong)));
            case 'h' -> stack.recall(reader.u8("memory"));
            case 'j' -> stack.recall(reader.u32("memory"));
            case 'q' -> stack.remember(reader.u8("memory"));
            case 'r' -> stack.remember(reader.u32("memory"));
            case 0x94 -> stack.rememberNext();
            case 0x95 -> frame();
            default -> stack.push(scalar(code));
        }
    }

    private PickleValue scalar(int code) {
        return switch (code) {
            case 'N' -> None.NONE;
            case 0x88 -> new Scalar(true);
            case 0x89 -> new Scalar(false);
            case 'K' -> new Scalar((long) reader.u8("number"));
            case 'M' -> new Scalar((long) reader.u16("number"));
            case 'J' -> new Scalar((long) reader.i32("number"));
            case 0x8a -> number(reader.u8("length of number"));
            case 0x8b -> number(length(reader.i32("length of number"), Limits.PICKLE_LONG_NUMBER));
            case 'G' -> new Scalar(Double.longBitsToDouble(Long.reverseBytes(reader.i64("number"))));
            case 0x8c -> text(reader.u8("length of text"));
            case 'X' -> text(length(reader.u32("length of text"), Limits.METADATA_STRING));
            case 0x8d -> text(length(reader.i64("length of text"), Limits.METADATA_STRING));
            case 'U' -> text(reader.u8("length of text"));
            case 'T' -> text(length(reader.i32("length of text"), Limits.METADATA_STRING));
            case 'C' -> bytes(reader.u8("length of bytes"));
            case 'B' -> bytes(length(reader.u32("length of bytes"), Limits.METADATA_STRING));
            case 0x8e -> bytes(length(reader.i64("length of bytes"), Limits.METADATA_STRING));
            default -> throw wrong("OPERATION", "operation 0x" + Integer.toHexString(code) + " does not belong in a checkpoint");
        };
    }

    private long length(long length, long limit) {
        if (length < 0 || length > limit || length > reader.remaining()) {
            throw wrong("LENGTH",
                    Long.toUnsignedString(length) + " bytes, the limit is " + limit + " and " + reader.remaining() + " are left");
        }
        return length;
    }

    private PickleValue number(long length) {
        byte[] littleEndian = reader.bytes(length, "number");
        if (littleEndian.length == 0) {
            return new Scalar(0L);
        }
        byte[] bigEndian = new byte[littleEndian.length];
        for (int i = 0; i < littleEndian.length; i++) {
            bigEndian[bigEndian.length - 1 - i] = littleEndian[i];
        }
        BigInteger number = new BigInteger(bigEndian);
        return new Scalar(number.bitLength() < Long.SIZE ? (Object) number.longValue() : number);
    }

    private PickleValue text(long length) {
        byte[] bytes = reader.bytes(length, "text");
        if (Utf8.malformedAt(bytes) >= 0) {
            throw wrong("NOT_UTF8", "text that is not UTF-8");
        }
        return new Scalar(new String(bytes, StandardCharsets.UTF_8));
    }

    private PickleValue bytes(long length) {
        return new Scalar(reader.bytes(length, "bytes"));
    }

    private void list(List<PickleValue> items) {
        stack.push(counted(new Array()));
        stack.append(items);
    }

    private void dictionary(List<PickleValue> keysAndValues) {
        stack.push(counted(new Dictionary(false)));
        stack.put(keysAndValues);
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        for (int c = reader.u8("name"); c != '\n'; c = reader.u8("name")) {
            if (c < ' ' || c > '~' || line.length() == Limits.NAME_BYTES) {
                throw wrong("GLOBAL_FORBIDDEN", "a name that is none: " + MalformedFileException.printable(line.toString()));
            }
            line.append((char) c);
        }
        return line.toString();
    }

    private void named() {
        List<PickleValue> names = stack.pop(2);
        if (names.get(0).text().isEmpty() || names.get(1).text().isEmpty()) {
            throw wrong("GLOBAL_FORBIDDEN", "a name that is no text");
        }
        stack.push(allowed(names.get(0).text().get(), names.get(1).text().get()));
    }

    private Global allowed(String module, String name) {
        Global global = new Global(module, name);
        if (PickleGlobals.isTensorObject(global)) {
            throw new UnsupportedException(reader.file() + " has tensors that are objects of a library's class, as torchao pickles its"
                    + " weights (" + MalformedFileException.printable(global.toString())
                    + "): only that library's code can put them together,"
                    + " and nothing was executed. Load the model with that library and save it as safetensors");
        }
        if (!PickleGlobals.allows(global)) {
            throw wrong("GLOBAL_FORBIDDEN", MalformedFileException.printable(global.toString())
                    + " does not belong in a checkpoint and may be an attack; nothing was executed");
        }
        return global;
    }

    private void call() {
        List<PickleValue> call = stack.pop(2);
        if (!(call.get(0) instanceof Global function && call.get(1) instanceof PickleValue.Tuple arguments)) {
            throw wrong("CALL", "a call of something that is no function");
        }
        if (function.equals(PickleGlobals.ORDERED_DICT) && arguments.items().isEmpty()) {
            stack.push(counted(new Dictionary(true)));
        } else {
            stack.push(counted(tensors.call(function, arguments.items(), this::wrong)));
        }
    }

    private PickleValue counted(PickleValue value) {
        if (++objects > Limits.PICKLE_OBJECTS) {
            throw wrong("TOO_MANY_OBJECTS", "more than " + Limits.PICKLE_OBJECTS + " objects");
        }
        return value;
    }

    private void frame() {
        long length = reader.i64("frame");
        if (operation < frameEnd) {
            throw wrong("FRAME", "a frame in a frame");
        }
        frameEnd = reader.position() + length(length, Limits.PICKLE_BYTES);
    }

    private MalformedFileException wrong(String code, String reason) {
        return reader.errorAt(operation, code, "", reason);
    }
}
