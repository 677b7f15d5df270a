// Each token of cdktf notes the whole JavaScript stack that made it, which nothing reads: findings
// name the line of Python. Errors keep their own stacks, which V8 takes without this function.
Error.captureStackTrace = (object) => {
  if (object.stack === undefined) object.stack = "";
};
