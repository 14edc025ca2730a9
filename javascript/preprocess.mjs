/** From images to a network's input: rsmp_preprocess of the header, with fields in camelCase and names in lower case. */
import { choice, dtype, entries, flag, integer, number, options as read, tensor } from "./module.mjs";
import { constants, structures } from "./structures.mjs";

const STRUCTURE = "rsmp_preprocess_options";

/** Fields that have names, by what the constants of these begin with. */
const PREFIXES = {
  convention: "RSMP_CONVENTION_",
  mode: "RSMP_MODE_",
  resize: "RSMP_RESIZE_",
  edge_rounding: "RSMP_EDGE_",
  canvas: "RSMP_CANVAS_",
  anchor: "RSMP_ANCHOR_",
  alpha: "RSMP_ALPHA_",
  border: "RSMP_BORDER_",
  arithmetic: "RSMP_ARITHMETIC_",
};
const FLAGS = ["antialias", "reverse_channels", "channels_last", "normalize"];

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const fields = Object.entries(structures[STRUCTURE].fields).filter(([name]) => name !== "struct_size");
const KNOWN = Object.fromEntries(fields.map(([name]) => [camel(name), undefined]));

const namesOf = (prefix) =>
  Object.keys(constants)
    .filter((name) => name.startsWith(prefix) && name !== "RSMP_MODE_COUNT")
    .map((name) => name.slice(prefix.length).toLowerCase().replaceAll("_", prefix === "RSMP_MODE_" ? "-" : "_"));

/** A field as the structure has it. */
function value(name, [type, , length], given) {
  const argument = camel(name);
  if (name in PREFIXES) return choice(argument, given, PREFIXES[name], namesOf(PREFIXES[name]));
  if (FLAGS.includes(name)) return flag(argument, given);
  if (name === "dtype") return dtype(given).value;
  if (length > 0) {
    const all = typeof given === "number" ? Array(length).fill(given) : given;
    const found = entries(argument, all, number, length);
    return [...found, ...Array(length - found.length).fill(0)];
  }
  if (type === "double") return number(argument, given);
  return type === "int64_t" ? integer(argument, given) : Number(integer(argument, given));
}

/** The class for a module. */
export function preprocessOf(module) {
  const { functions } = module;
  const handles = new FinalizationRegistry((handle) => functions.rsmp_preprocess_destroy(handle));

  return class Preprocess {
    #handle;
    #dtype;

    constructor(given) {
      const told = Object.entries(read(given, KNOWN)).filter(([, value]) => value !== undefined);
      const byArgument = Object.fromEntries(fields.map((field) => [camel(field[0]), field]));
      const values = told.map(([argument, told]) => {
        const [name, field] = byArgument[argument];
        return [name, value(name, field, told)];
      });
      this.#dtype = dtype(given?.dtype ?? "float32");
      this.#handle = module.call((call) => {
        const place = call.structure("rsmp_dtype");
        call.check("rsmp_preprocess_create", call.options(STRUCTURE, Object.fromEntries(values)), place);
        return call.pointer(place);
      });
      handles.register(this, this.#handle, this);
    }

    /** Where an image of that size lies in its output. */
    placement(height, width) {
      return module.call((call) => {
        const placement = call.options("rsmp_placement", {});
        const size = [integer("height", height), integer("width", width)];
        call.check("rsmp_preprocess_placement", this.#handle, ...size, placement);
        const names = Object.keys(structures.rsmp_placement.fields).slice(2); // after the size, and what is reserved
        return Object.fromEntries(names.map((name) => [camel(name), call.read("rsmp_placement", placement, name)]));
      });
    }

    /** One batch of images: (height, width) or (height, width, channels) of uint8, or ImageData. */
    run(images) {
      const all = (Array.isArray(images) ? images : [images]).map((image) => tensor("image", image));
      return module.call((call) => {
        const inputs = call.inputs(all);
        const shape = call.lengths([0, 0, 0, 0]);
        call.check("rsmp_preprocess_output_shape", this.#handle, BigInt(all.length), inputs, shape);
        const output = call.output(call.readLengths(shape, 4), this.#dtype);
        call.check("rsmp_preprocess_execute", this.#handle, BigInt(all.length), inputs, output.address);
        return output.take();
      });
    }

    /** Frees its memory now; otherwise that happens once nothing refers to it any more. */
    destroy() {
      handles.unregister(this);
      functions.rsmp_preprocess_destroy(this.#handle);
      this.#handle = 0;
    }
  };
}
