/** The architectures that the sample has a program for, by their name in an image. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** e_machine, see elf(5). */
const MACHINE: Record<Architecture, number> = { amd64: 0x3e, arm64: 0xb7 };

const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const CODE_OFFSET = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;
const LOAD_ADDRESS = 0x400000n;
/** The largest page that arm64 kernels use; a segment must be aligned to it. */
const ALIGNMENT = 0x10000n;

/** A static Linux executable that writes `text` to standard output and exits with 0. It needs no library, no shell, nothing.
 *  One loaded segment: headers, code, text. */
export function createProgram(architecture: Architecture, text: string): Buffer {
  const message = Buffer.from(text);
  const code = architecture === 'amd64' ? amd64Code(message.length) : arm64Code(message.length);
  const size = BigInt(CODE_OFFSET + code.length + message.length);

  const header = Buffer.alloc(ELF_HEADER_BYTES);
  header.write('\x7fELF', 'latin1');
  header.set([2, 1, 1], 4); // 64 bits, little endian, version 1
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(MACHINE[architecture], 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(LOAD_ADDRESS + BigInt(CODE_OFFSET), 24); // where it starts
  header.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32); // where the program header is
  header.writeUInt16LE(ELF_HEADER_BYTES, 52);
  header.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  header.writeUInt16LE(1, 56); // one of them

  const segment = Buffer.alloc(PROGRAM_HEADER_BYTES);
  segment.writeUInt32LE(1, 0); // PT_LOAD
  segment.writeUInt32LE(4 | 1, 4); // readable, executable
  segment.writeBigUInt64LE(LOAD_ADDRESS, 16);
  segment.writeBigUInt64LE(LOAD_ADDRESS, 24);
  segment.writeBigUInt64LE(size, 32);
  segment.writeBigUInt64LE(size, 40);
  segment.writeBigUInt64LE(ALIGNMENT, 48);

  return Buffer.concat([header, segment, code, message]);
}

/** System calls on amd64: number in eax, arguments in edi, rsi, edx. */
function amd64Code(length: number): Buffer {
  const code = Buffer.from([
    ...[0xb8, 1, 0, 0, 0], // mov eax, 1            write
    ...[0xbf, 1, 0, 0, 0], // mov edi, 1            to standard output
    ...[0x48, 0x8d, 0x35, 16, 0, 0, 0], // lea rsi, [rip + 16]   the text, 16 bytes after the next instruction
    ...[0xba, 0, 0, 0, 0], // mov edx, length
    ...[0x0f, 0x05], // syscall
    ...[0xb8, 60, 0, 0, 0], // mov eax, 60           exit
    ...[0x31, 0xff], // xor edi, edi          with 0
    ...[0x0f, 0x05], // syscall
  ]);
  code.writeUInt32LE(length, 18);
  return code;
}

/** System calls on arm64: number in x8, arguments in x0, x1, x2. */
function arm64Code(length: number): Buffer {
  const instructions = [
    0xd2800020, // mov x0, #1       standard output
    0x100000e1, // adr x1, . + 28   the text
    0xd2800002 | (length << 5), // mov x2, #length
    0xd2800808, // mov x8, #64      write
    0xd4000001, // svc #0
    0xd2800000, // mov x0, #0
    0xd2800ba8, // mov x8, #93      exit
    0xd4000001, // svc #0
  ];
  const code = Buffer.alloc(instructions.length * 4);
  for (const [i, instruction] of instructions.entries()) code.writeUInt32LE(instruction >>> 0, i * 4);
  return code;
}
