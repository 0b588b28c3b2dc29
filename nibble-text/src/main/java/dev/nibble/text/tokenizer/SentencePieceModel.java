package dev.nibble.text.tokenizer;

import dev.nibble.error.MalformedFileException;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code tokenizer.model} of SentencePiece: a protocol buffer of pieces, trainer settings (field 2) and normalizer settings (field 3).
 * Read without recursion; only these three nested messages are entered.
 *
 * @param pieces   by id
 * @param unigram  whether text is split by the likeliest sequence of pieces, rather than by merging
 * @param prefixed whether a space is put before every text
 * @param squeezed whether runs of spaces become one
 * @param charsMap the precompiled normalizer, empty where there is none
 */
record SentencePieceModel(List<Token> pieces, boolean unigram, boolean prefixed, boolean squeezed, List<Long> charsMap) {
    private static final long MAX_BYTES = 256L << 20;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    static SentencePieceModel read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new MalformedFileException("SENTENCEPIECE", file, -1, "", "more than " + MAX_BYTES + " bytes");
        }
        return parse(file, ByteBuffer.wrap(Files.readAllBytes(file)));
    }

    static SentencePieceModel parse(Path file, ByteBuffer bytes) {
        Reader model = new Reader(file, bytes.order(ByteOrder.LITTLE_ENDIAN));
        List<Token> pieces = new ArrayList<>();
        boolean unigram = true; // the default of the format
        boolean prefixed = true;
        boolean squeezed = true;
        List<Long> charsMap = List.of();
        while (model.next()) {
            if (model.field == 1) {
                pieces.add(piece(model.message()));
            } else if (model.field == 2) {
                Reader trainer = model.message();
                while (trainer.next()) {
                    unigram = trainer.field == 3 ? trainer.number(1, 4) == 1 : unigram;
                }
            } else if (model.field == 3) {
                Reader normalizer = model.message();
                while (normalizer.next()) {
                    charsMap = normalizer.field == 2 ? normalizer.bytes() : charsMap;
                    prefixed = normalizer.field == 3 ? normalizer.number(0, 1) == 1 : prefixed;
                    squeezed = normalizer.field == 4 ? normalizer.number(0, 1) == 1 : squeezed;
                }
            }
        }
        if (pieces.isEmpty()) {
            throw model.wrong("no pieces");
        }
        return new SentencePieceModel(List.copyOf(pieces), unigram, prefixed, squeezed, charsMap);
    }

    private static Token piece(Reader piece) {
        String text = "";
        float score = 0;
        TokenType type = TokenType.NORMAL;
        while (piece.next()) {
            switch (piece.field) {
                case 1 -> text = piece.string();
                case 2 -> score = piece.real();
                case 3 -> type = TokenType.numbered(piece.number(1, TokenType.values().length)).orElseThrow();
                default -> {
                } // extensions
            }
        }
        if (type == TokenType.BYTE && !text.matches("<0x[0-9A-F]{2}>")) {
            throw piece.wrong("a byte piece called " + MalformedFileException.printable(text));
        }
        return new Token(text, score, type);
    }

    /** The fields of one message, one after the other. */
    private static final class Reader {
        private static final int LONGEST_VARINT = 10;

        private final Path file;
        private final ByteBuffer bytes;
        private int field;
        private int wire;
        private long value; // of a varint or fixed field
        private ByteBuffer content; // of a field with a length

        Reader(Path file, ByteBuffer bytes) {
            this.file = file;
            this.bytes = bytes;
            this.content = bytes;
        }

        /** Moves to the next field and over its content; false at the message's end. */
        boolean next() {
            if (!bytes.hasRemaining()) {
                return false;
            }
            long tag = varint();
            if (tag >>> 3 < 1 || tag >>> 3 > (1 << 29) - 1) {
                throw wrong("field number " + (tag >>> 3));
            }
            field = (int) (tag >>> 3);
            wire = (int) (tag & 7);
            switch (wire) {
                case VARINT -> value = varint();
                case FIXED64 -> value = fixed(Long.BYTES).getLong();
                case FIXED32 -> value = fixed(Integer.BYTES).getInt();
                case BYTES -> content = fixed(varint());
                default -> throw wrong("wire type " + wire);
            }
            return true;
        }

        private long varint() {
            long number = 0;
            for (int i = 0; i < LONGEST_VARINT; i++) {
                byte b = fixed(1).get();
                if (i == LONGEST_VARINT - 1 && (b & 0xFE) != 0) {
                    break;
                }
                number |= (b & 0x7FL) << (7 * i);
                if (b >= 0) {
                    return number;
                }
            }
            throw wrong("a number of more than 64 bits");
        }

        private ByteBuffer fixed(long length) {
            if (length < 0 || length > bytes.remaining()) {
                throw wrong("a field of " + Long.toUnsignedString(length) + " bytes, " + bytes.remaining() + " are left");
            }
            ByteBuffer part = bytes.slice(bytes.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.position(bytes.position() + (int) length);
            return part;
        }

        Reader message() {
            require(BYTES);
            return new Reader(file, content);
        }

        List<Long> bytes() {
            require(BYTES);
            List<Long> numbers = new ArrayList<>(content.remaining());
            for (ByteBuffer rest = content.duplicate(); rest.hasRemaining();) {
                numbers.add((long) (rest.get() & 0xFF));
            }
            return numbers;
        }

        String string() {
            require(BYTES);
            try {
                return StandardCharsets.UTF_8.newDecoder().decode(content.duplicate()).toString();
            } catch (CharacterCodingException e) {
                throw wrong("a piece that is not UTF-8: " + e.getMessage());
            }
        }

        float real() {
            require(FIXED32);
            float number = Float.intBitsToFloat((int) value);
            if (!Float.isFinite(number)) {
                throw wrong("the score " + number);
            }
            return number;
        }

        long number(long min, long max) {
            require(VARINT);
            if (value < min || value > max) {
                throw wrong("expected a number from " + min + " to " + max + ", found " + value);
            }
            return value;
        }

        private void require(int expected) {
            if (wire != expected) {
                throw wrong("field " + field + " has wire type " + wire + " instead of " + expected);
            }
        }

        MalformedFileException wrong(String reason) {
            return new MalformedFileException("SENTENCEPIECE", file, -1, "", reason + " (byte " + bytes.position() + " of its message)");
        }
    }
}
